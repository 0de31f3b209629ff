package control

import (
	"weir/config"
	"weir/proxy"
)

// affine is the file's affinity as requests see it; none is nil.
func affine(a *config.Affinity) (*proxy.Affinity, error) {
	if a == nil {
		return nil, nil
	}
	return proxy.NewAffinity(affinityOptions(a))
}

func affinityOptions(a *config.Affinity) proxy.AffinityOptions {
	o := proxy.AffinityOptions{Route: sources(a.Route)}
	if c := a.Cookie; c != nil {
		o.Cookie = &proxy.AffinityCookie{
			Name: c.Name, Path: c.Path, Domain: c.Domain, Expires: c.Expires, HTTPOnly: c.HTTPOnly,
			Secure: secures[c.Secure], SameSite: sameSites[c.SameSite],
		}
	}
	if l := a.Learn; l != nil {
		o.Learn = &proxy.Learn{Create: sources(l.Create), Lookup: sources(l.Lookup), Timeout: l.Timeout, Size: l.Size}
	}
	return o
}

func sources(in []config.Source) []proxy.AffinitySource {
	out := make([]proxy.AffinitySource, len(in))
	for i, s := range in {
		out[i] = proxy.AffinitySource(s)
	}
	return out
}

var secures = map[string]proxy.CookieSecure{"auto": proxy.SecureAuto, "on": proxy.SecureOn, "off": proxy.SecureOff}

var sameSites = map[string]string{"lax": "Lax", "strict": "Strict", "none": "None"} // off is not said

// routeOf is what affinity knows an endpoint by.
func routeOf(e *config.Endpoint, affine bool) string {
	switch {
	case !affine:
		return ""
	case e.Route != "":
		return e.Route
	}
	return proxy.DefaultRoute(e.Address)
}

// learns says whether sessions of the service are remembered.
func (u *upstream) learns() bool { return u.config.Affinity != nil && u.config.Affinity.Learn != nil }
