package proxy

import (
	"errors"
	"io"
	"time"

	"weir/proxy/internal/http1"
	"weir/proxy/internal/sock"
)

// exchange sends the head and reads the answer. ended says that all of it has come:
// of a body that is too long to be compared the rest is not read.
func (h *shadow) exchange(p *pair, by time.Duration) (ended bool, err error) {
	now := sock.Now()
	if _, err := h.up.WriteAll(h.out, now, max(1, by-now)); err != nil {
		return false, err
	}
	if err := h.head(by); err != nil {
		return false, err
	}
	h.got.open(h.resp.Status, p.mirror.Headers, h.header)
	h.got.most = p.stable.most
	return h.body(max(p.mirror.MaxBody, 1), by)
}

func (h *shadow) header(name string, from int) ([]byte, int) {
	return http1.Next(h.resp.Fields, name, from)
}

// read waits for more bytes of the answer.
func (h *shadow) read(b []byte, by time.Duration) (int, error) {
	return h.up.ReadBy(b, by, max(1, by-sock.Now()))
}

// head reads up to the head of the final answer.
func (h *shadow) head(by time.Duration) error {
	for interim, seen := 0, 0; ; {
		b := h.answer.unread()
		n := http1.HeadEnd(b, seen)
		if n < 0 {
			seen = len(b)
			room := h.answer.room()
			if len(room) == 0 {
				return http1.ErrHeadSize
			}
			more, err := h.read(room, by)
			if err != nil {
				return err
			}
			h.answer.w += more
			continue
		}
		if err := h.resp.Parse(b[:n], string(h.req.Method) == "HEAD"); err != nil {
			return err
		}
		h.answer.r += n
		if !h.resp.Interim() {
			return nil
		}
		if interim, seen = interim+1, 0; interim > maxInterim {
			return errInterim
		}
	}
}

// body reads at most so many bytes of the body, and sums them.
func (h *shadow) body(most int64, by time.Duration) (ended bool, err error) {
	if h.resp.Framing == http1.NoBody {
		return true, nil
	}
	h.coding.Reset()
	in := h.answer.unread()
	h.answer.r = h.answer.w
	buf := takeBody()
	defer giveBody(buf)
	for {
		if ended, err = h.sum(in); ended || err != nil || h.got.size > most {
			return ended, err
		}
		n, err := h.read(buf[:bodyBuffer], by)
		if errors.Is(err, io.EOF) && h.resp.Framing == http1.UntilClose && !h.up.Torn() {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		in = buf[:n]
	}
}

// sum takes bytes of the body as they came, and says whether they are its last.
func (h *shadow) sum(in []byte) (ended bool, err error) {
	switch h.resp.Framing {
	case http1.Length:
		rest := h.resp.Length - h.got.size
		if int64(len(in)) > rest {
			in, h.resp.KeepAlive = in[:rest], false // something after the answer: nobody asked for it
		}
		h.got.take(in)
		return int64(len(in)) == rest, nil
	case http1.UntilClose:
		h.got.take(in)
		return false, nil
	}
	for len(in) > 0 && !ended {
		var data []byte
		var n int
		if data, n, ended, err = h.coding.Next(in); err != nil {
			return false, err
		}
		h.got.take(data)
		in = in[n:]
	}
	if len(in) > 0 {
		h.resp.KeepAlive = false
	}
	return ended, nil
}
