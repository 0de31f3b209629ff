package config

// Buffer says what of a request is kept in memory.
type Buffer struct {
	Request int64 // bytes of a body that are read before an endpoint is asked: 0 to 16 MiB. Default 0, none
}

func (b *Buffer) read(v value) {
	v.object(fields{"request": may(size(&b.Request, 0, 16<<20))})
}
