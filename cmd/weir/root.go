package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app"
	"weir/proxy/admin/api"
)

// defaultAdmin is where the admin API listens unless the file says otherwise.
const defaultAdmin = "http://127.0.0.1:9900"

// cli is what all commands share.
type cli struct {
	out, errOut io.Writer
	admin       string // --admin
	output      string // --output: table, json or yaml
	tokenFile   string // --token-file
	ca          string // --ca
	cert, key   string // --cert, --key
	noColor     bool   // --no-color
	started     bool   // the command line was understood
}

// execute runs one command line and returns the exit code. Errors go to errOut,
// and nothing else does.
func execute(ctx context.Context, args []string, out, errOut io.Writer) int {
	c := &cli{out: out, errOut: errOut}
	root := c.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	cmd, err := root.ExecuteContextC(ctx)
	var wrong usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &wrong) || !c.started:
		fmt.Fprintf(errOut, "%s: %v\nsee '%s --help'\n", cmd.CommandPath(), err, cmd.CommandPath())
		return exitUsage
	case errors.Is(err, context.Canceled):
		err = errors.New("interrupted")
	}
	// No prefix: a file with faults has one line for each, which begins with its name.
	fmt.Fprintln(errOut, err)
	if nobodyListens(err) {
		fmt.Fprintf(errOut, "is weir running? --admin says where its admin API is, now %s\n", c.admin)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		fmt.Fprintln(errOut, "--ca FILE says which authorities to believe")
	}
	if errors.Is(err, app.ErrCut) {
		return exitCut
	}
	return exitRefused
}

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "weir COMMAND",
		Short: "A reverse proxy that moves traffic between versions safely",
		Long: `Weir moves traffic between versions of a service: it splits, ramps, watches and
reverts in the data path. One process serves ('weir run'); all other commands
talk to its admin API.`,
		Example: `  weir demo
  weir run -c weir.yaml
  weir set-weight api v1=90 v2=10
  weir rollout start api --to v2 && weir rollout status api --watch`,
		SilenceErrors: true, // execute prints them
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs, // group refuses them better
		RunE:          group,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if outputs := []string{outputTable, outputJSON, outputYAML}; !slices.Contains(outputs, c.output) {
				return oneOf("output", c.output, outputs)
			}
			c.started = true
			return nil
		},
	}
	root.Version = version // and with it --version
	root.SetFlagErrorFunc(wrongFlag)
	flags := root.PersistentFlags()
	flags.StringVar(&c.admin, "admin", adminFromEnv(), "URL of the admin API, or unix:PATH (environment: WEIR_ADMIN)")
	flags.StringVarP(&c.output, "output", "o", outputTable, "how to print: table, json or yaml")
	flags.BoolVar(&c.noColor, "no-color", false, "no colours on a terminal (environment: NO_COLOR); elsewhere there are none")
	flags.StringVar(&c.tokenFile, "token-file", os.Getenv("WEIR_TOKEN_FILE"), "file with the token for the admin API (environment: WEIR_TOKEN_FILE)")
	flags.StringVar(&c.ca, "ca", "", "file with the authorities to believe of an https URL; the system's without it")
	flags.StringVar(&c.cert, "cert", "", "file with a client certificate to show to the admin API")
	flags.StringVar(&c.key, "key", "", "file with the private key of --cert")
	root.AddCommand(
		c.runCmd(), c.checkCmd(), c.importCmd(), c.demoCmd(), c.demoBackendCmd(),
		c.statusCmd(), c.topCmd(), c.explainCmd(), c.eventsCmd(), c.auditCmd(), c.setWeightCmd(),
		c.endpointCmd(api.StateDrain), c.endpointCmd(api.StateUp), c.endpointCmd(api.StateDown), c.readOnlyCmd(),
		c.reloadCmd(), c.rolloutCmd(), c.stateCmd(), c.jsonSchemaCmd(), c.versionCmd(), c.manCmd(), exitCodesTopic(),
		c.flagCmd(),
	)
	c.completeAll(root)
	return root
}

func adminFromEnv() string {
	if a := os.Getenv("WEIR_ADMIN"); a != "" {
		return a
	}
	return defaultAdmin
}

// client is for the API that --admin names.
func (c *cli) client() (*api.Client, error) {
	cl, err := api.NewClient(c.admin)
	if err != nil {
		return nil, usageError{fmt.Errorf("--admin: %w", err)}
	}
	token, err := readToken(c.tokenFile)
	if err != nil {
		return nil, usageError{fmt.Errorf("--token-file: %w", err)}
	}
	if c.ca != "" || c.cert != "" || c.key != "" {
		secure, err := c.tls()
		if err != nil {
			return nil, usageError{err}
		}
		cl = cl.WithTLS(secure)
	}
	return cl.WithToken(token), nil
}
