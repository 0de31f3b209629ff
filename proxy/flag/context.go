package flag

// TargetingKey is the place of targetingKey in the names of every set: whom a decision is
// about, and what they are placed by.
const TargetingKey = 0

const targetingKey = "targetingKey"

// Context is who is asked about. Rules keep their place in it while they run, so a Context
// is used by one goroutine at a time; it may be used again, for the same View or another.
type Context struct {
	// View has the attributes. Without one there are none.
	View View
	// Now is the time for rules that look at it ($flagd.timestamp), in seconds since 1970.
	Now int64

	flag *Flag // that is decided; nil: a segment by itself
	work int   // what rules may still do
	// Within map, filter and the like attributes are those of the item.
	item   Value
	inside bool
}

// View gives attributes. What it returns must stay as it is while a rule runs.
type View interface {
	// Attribute is the attribute of a name, null where there is none. index is the name's
	// place in Set.Names, -1 for a name that a rule put together.
	Attribute(index int, name string) Value
	// All is all attributes as an object, for the few rules that ask for them.
	All() Value
}

// Attributes is an object as a View: the context that came with a request for evaluation.
type Attributes struct{ Value }

// Attribute is a member of the object.
func (a *Attributes) Attribute(_ int, name string) Value { return a.Member(name) }

// All is the object.
func (a *Attributes) All() Value { return a.Value }

// maxWork is how many items a decision may look at in lists, and pieces it may put
// together: more than any rule needs, and done within a few milliseconds.
const maxWork = 100_000

// begin makes the context ready for a decision about f.
func (c *Context) begin(f *Flag) {
	c.flag, c.work, c.inside, c.item = f, maxWork, false, Value{}
}

// attribute is the attribute of a name, within an item that of the item.
func (c *Context) attribute(index int, name string) Value {
	switch {
	case c.inside:
		return c.item.Member(name)
	case c.View == nil:
		return Value{}
	}
	return c.View.Attribute(index, name)
}

// all is all attributes, within an item the item.
func (c *Context) all() Value {
	switch {
	case c.inside:
		return c.item
	case c.View == nil:
		return Value{}
	}
	return c.View.All()
}

// key is whom the decision is about; "" is nobody.
func (c *Context) key() string {
	if c.inside || c.View == nil {
		return ""
	}
	return c.View.Attribute(TargetingKey, targetingKey).Text()
}

// spend takes what a rule wants to do from what it may still do.
func (c *Context) spend(n int) bool {
	c.work -= n
	return c.work >= 0
}
