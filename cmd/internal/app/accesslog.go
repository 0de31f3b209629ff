package app

import (
	"fmt"

	"weir/config"
	"weir/proxy"
)

// openAccessLog opens the access log that the file asks for; nil when it asks for
// none. A file that cannot be written is a problem of the configuration: where
// it names the log.
func openAccessLog(cfg *config.Config) (*proxy.AccessLog, error) {
	c := cfg.AccessLog
	if c == nil {
		return nil, nil
	}
	l, err := proxy.OpenAccessLog(accessLogOptions(c))
	if err != nil {
		msg := fmt.Sprintf("%s: %v: want a regular file that can be written, in a folder that exists", config.Show(c.File), err)
		return nil, &config.Invalid{File: cfg.File, Problems: []config.Problem{cfg.Problem(msg, "access_log", "file")}}
	}
	return l, nil
}

func accessLogOptions(c *config.AccessLog) proxy.AccessLogOptions {
	o := proxy.AccessLogOptions{
		File: c.File, // stdout and stderr are the same words here and there
		Rule: proxy.AccessLogRule{Sample: c.Sample, SlowerThan: c.Only.SlowerThan},
	}
	for _, r := range c.Only.Status {
		o.Rule.Status = append(o.Rule.Status, [2]int{r.From, r.To})
	}
	switch {
	case c.Format == config.LogCombined:
		o.Template = proxy.CombinedLog()
	case c.Template != nil:
		for _, p := range c.Template {
			o.Template = append(o.Template, proxy.LogPart(p))
		}
	}
	return o
}
