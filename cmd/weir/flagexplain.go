package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"weir/proxy/admin/api"
)

func (c *cli) flagExplainCmd() *cobra.Command {
	var pairs []string
	cmd := &cobra.Command{
		Use:   "explain KEY --context NAME=VALUE",
		Short: "Say what somebody gets of a flag, and why",
		Long: `Explain evaluates a flag for somebody with these attributes, as it would for a request
that has them. NAME=VALUE is a text; NAME:=JSON is a number, true, a list and the like.
targetingKey is who is asked about: shares go by it.

It shows the rule as far as it was asked, part by part: what each part said, by which
attributes, and with a star those that decided; and where there are steps of a rollout,
by which of them somebody is in.`,
		Example: `  weir flag explain new-checkout --context targetingKey=42
  weir flag explain new-checkout --context targetingKey=42 --context plan=gold --context age:=37`,
		Args: want("KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			about, err := parseContext(pairs)
			if err != nil {
				return err
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			d, err := client.EvaluateFlag(cmd.Context(), args[0], api.EvaluateRequest{Context: about, Explain: true})
			if p, ok := errors.AsType[*api.Problem](err); ok && p.Status == http.StatusForbidden { // role evaluate does not see rules
				d, err = client.EvaluateFlag(cmd.Context(), args[0], api.EvaluateRequest{Context: about})
			}
			if err != nil {
				return err
			}
			return c.print(d, func(w io.Writer) error { return writeDecision(w, &d) })
		},
	}
	cmd.Flags().StringArrayVar(&pairs, "context", nil, "an attribute of whom it is about, as NAME=TEXT or NAME:=JSON; may be repeated")
	return cmd
}

// parseContext reads attributes.
func parseContext(pairs []string) (map[string]any, error) {
	about := map[string]any{}
	for _, pair := range pairs {
		name, text, ok := strings.Cut(pair, "=")
		var value any = text
		if bare, isJSON := strings.CutSuffix(name, ":"); ok && isJSON {
			if err := json.Unmarshal([]byte(text), &value); err != nil {
				return nil, usagef("--context %q: %q is no JSON: want NAME=TEXT, or NAME:=JSON such as age:=37", pair, text)
			}
			name = bare
		}
		if _, twice := about[name]; !ok || name == "" || twice {
			return nil, usagef("--context %q: want NAME=TEXT or NAME:=JSON, each name once", pair)
		}
		about[name] = value
	}
	return about, nil
}

// reasonWords are OpenFeature's reasons, for people.
var reasonWords = map[string]string{
	"STATIC":          "everybody gets it",
	"TARGETING_MATCH": "a rule or a segment chooses it",
	"SPLIT":           "in the share of a rollout, by targetingKey",
	"DEFAULT":         "no rule chooses anything, and this is the default",
	"DISABLED":        "the flag is disabled",
}

func writeDecision(w io.Writer, d *api.Evaluation) error {
	what := "no variant: the application's own default"
	if d.Variant != nil {
		what = fmt.Sprintf("%s, %s", *d.Variant, d.Value)
	}
	if _, err := fmt.Fprintf(w, "%s: %s\n%s: %s\n", d.Key, what, d.Reason, orDash(flagReason(d))); err != nil || d.Explanation == nil {
		return err
	}
	writeParts(w, d.Explanation)
	if r := d.Explanation.Ramp; r != nil {
		_, err := fmt.Fprintln(w, rampPlaceLine(r))
		return err
	}
	return nil
}
