package hostile

import "strings"

// sizes has the rows 38 to 40, with the default limits: 32 KiB of head, 100
// lines, 8 KiB of target.
var sizes = []Request{
	bad(38, "target of 8 KiB and a byte", line("GET /"+strings.Repeat("a", 8<<10)+" HTTP/1.1"), 414, "target_too_long"),
	bad(38, "target larger than any head", line("GET /"+strings.Repeat("a", 40<<10)+" HTTP/1.1"), 414, "target_too_long"),
	bad(38, "absolute-form too long", line("GET http://"+strings.Repeat("a", 8<<10)+"/ HTTP/1.1"), 414, "target_too_long"),
	good(38, "target of 8 KiB", line("GET /"+strings.Repeat("a", 8<<10-1)+" HTTP/1.1"), line("GET /"+strings.Repeat("a", 8<<10-1)+" HTTP/1.1")),

	bad(39, "value of 32 KiB", get("X: "+strings.Repeat("a", 32<<10)), 431, "head_too_large"),
	bad(39, "name of 32 KiB", get(strings.Repeat("a", 32<<10)+": x"), 431, "head_too_large"),
	bad(39, "endless value", get("X: "+strings.Repeat("a", 100<<10)), 431, "head_too_large"),
	bad(39, "many long lines", get(repeat("X: "+strings.Repeat("a", 1<<10), 40)...), 431, "head_too_large"),
	bad(39, "101 lines", get(repeat("X: y", 100)...), 431, "head_too_large"),
	bad(39, "101 lines that would be dropped", get(repeat("X_Y: z", 100)...), 431, "head_too_large"),
	bad(39, "10 000 lines", get(repeat("X: y", 10_000)...), 431, "head_too_large"),
	good(39, "100 lines", get(repeat("X: y", 99)...), get(repeat("X: y", 99)...)),

	bad(40, "5 empty lines", "\r\n\r\n\r\n\r\n\r\n"+get(), 400, "bad_request_line"),
	bad(40, "100 000 empty lines", strings.Repeat("\r\n", 100_000)+get(), 400, "bad_request_line"),
	bad(40, "CR without LF", "\r"+get(), 400, "bad_method"),
	good(40, "4 empty lines", "\r\n\r\n\r\n\r\n"+get(), get()),
}
