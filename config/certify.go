package config

// Certify says what a certificate proves of a candidate: that it fails less than
// MaxRatio times as often as stable, or less than MaxErrorRate of the time.
type Certify struct {
	MaxRatio     float64 // above 1, up to 100. Default 2
	MaxErrorRate float64 // above 0, below 1; for services that fail too seldom for a ratio. Default 0.01
	Alpha        float64 // bound on certifying a candidate that is so bad: above 0, up to 0.5. Default 0.05
}

func defaultCertify() Certify { return Certify{MaxRatio: 2, MaxErrorRate: 0.01, Alpha: 0.05} }

func (c *Certify) read(v value) {
	v.object(fields{
		"max_ratio":      may(number(&c.MaxRatio, "a number above 1 up to 100, like 2", above(1, 100))),
		"max_error_rate": may(ratio(&c.MaxErrorRate, "a percentage above 0% and below 100%, like 1%", between(0, 100))),
		"alpha":          may(number(&c.Alpha, "a number above 0 up to 0.5, like 0.05", above(0, 0.5))),
	})
}

func (c *Certify) document() map[string]any {
	return map[string]any{
		"max_ratio":      decimal(c.MaxRatio),
		"max_error_rate": percent(c.MaxErrorRate),
		"alpha":          decimal(c.Alpha),
	}
}
