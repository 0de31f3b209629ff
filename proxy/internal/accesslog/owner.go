package accesslog

// blockSize is how many bytes of lines are written at once.
const blockSize = 64 << 10

// owner is what the goroutine that writes has: nobody else sees it.
type owner struct {
	*Log
	format format
	writer writer
	clock  clock
	spare  *buffer // empty
	block  []byte
}

// turn writes what has gathered, then does what was asked for.
func (o *owner) turn() {
	o.flush()
	if next := o.next.Swap(nil); next != nil {
		o.format = next.format
		o.writer.use(next.out)
		if next.out == nil {
			o.release()
		}
	}
	if o.rotated.Swap(false) && o.writer.out != nil {
		done, lost := o.writer.reopen()
		o.lost.Add(uint64(lost))
		if !done {
			o.rotated.Store(true) // the next turn tries again
		}
	}
	o.troubled.Store(!o.writer.well())
}

// flush empties every shard. While the log is off it does nothing: what is there
// is for the log to come.
func (o *owner) flush() {
	if o.writer.out == nil {
		return
	}
	o.clock.set()
	for i := range o.shards {
		if o.spare == nil {
			o.spare = newBuffer()
		}
		if full := o.shards[i].take(o.spare); full != nil {
			o.put(full)
			full.empty()
			o.spare = full
		}
	}
	o.write()
}

// put formats entries into the block.
func (o *owner) put(b *buffer) {
	o.lines.Add(uint64(len(b.entries)))
	for i := range b.entries {
		o.block = o.format.append(o.block, &b.entries[i], &o.clock)
		if len(o.block) >= blockSize {
			o.write()
		}
	}
}

func (o *owner) write() {
	if len(o.block) == 0 {
		return
	}
	o.lost.Add(uint64(o.writer.write(o.block)))
	o.block = o.block[:0]
}

// release gives the buffers back.
func (o *owner) release() {
	for i := range o.shards {
		o.shards[i].release()
	}
	o.spare, o.block = nil, nil
}
