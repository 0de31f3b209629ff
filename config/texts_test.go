package config

import (
	"fmt"
	"testing"
)

// text is what the schema knows of a text that is described by some words: an expression
// that it matches, and bounds where it may be a whole number. It may let texts pass that
// the reader does not, but none that the reader takes is refused.
type text struct {
	pattern string // "" is any text
	lo, hi  int    // where it may be a whole number; hi 0 is no bound
	exact   bool   // the reader takes every text that matches
}

// texts are all of them, by the words.
var texts = map[string]text{
	wantRoles:   {pattern: `^(view|operate|evaluate)$`, exact: true},
	wantName:    {pattern: validName.String(), exact: true},
	wantService: {pattern: validService.String(), exact: true},
	wantRoute:   {pattern: validRoute.String(), exact: true},
	wantNode:    {pattern: `^[!-~]{1,255}$`, exact: true},

	// Names that must exist elsewhere in the file.
	"the name of a version": {pattern: validName.String()},
	wantUpstream:            {pattern: validName.String()},
	wantListener:            {pattern: validName.String()},

	wantFlagFile:  {pattern: `.`, exact: true},
	wantFlag:      {},
	wantSegment:   {},
	wantVariant:   {},
	wantAttribute: {pattern: attributeName.String(), exact: true},
	wantJWKS:      {pattern: `.`, exact: true},
	wantIssuer:    {pattern: `.`},
	wantAudience:  {pattern: `.`},

	flagStatic.wantValue: {},

	"a directory":  {exact: true},
	wantLogFile:    {pattern: `.`, exact: true},
	wantLogFormat:  {pattern: `^(json|combined)$|\$`},
	wantCert:       {pattern: `.`, exact: true},
	wantKey:        {pattern: `.`, exact: true},
	wantCA:         {pattern: `.`, exact: true},
	wantCommand:    {pattern: `.`, exact: true},
	wantAdminURL:   {pattern: webAddress},
	wantURL:        {pattern: webAddress},
	wantOTLP:       {pattern: webAddress},
	wantSelf:       {pattern: `^[!-~]{1,100}$`},
	wantHeaders:    {exact: true},
	wantSecretURL:  {pattern: webAddress},
	wantSchemaURL:  {pattern: webAddress},
	wantListen:     {pattern: hostAndPort},
	wantAdmin:      {pattern: hostAndPort},
	wantTokens:     {exact: true},
	wantEndpoint:   {pattern: `^[^ ]+:[0-9]{1,5}$`},
	wantServer:     {pattern: `^[0-9A-Fa-f:.\[][^ ]*$`},
	wantNetwork:    {pattern: `^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$`},
	wantHostPolicy: {pattern: `^[^ ]+$`},
	wantHost:       {pattern: `^(\*|(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[?[0-9A-Fa-f.]*:.*)$`},

	"a file with " + wantSecretURL: {pattern: `.`, exact: true},
	wantServiceHost:                {pattern: `^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$`},
	wantCheckedHost:                {pattern: `^[^ ]*$`},
	"a host name or an IP address": {pattern: `^[^ ]+$`},
	`a host name, or ""`:           {pattern: `^[^ ;]*$`},

	wantOFREP:         {pattern: hostAndPort},
	wantOrigin:        {pattern: `^(\*|https?://[^/?#@]+)$`},
	wantPrefix:        {pattern: `^/[!"$->@-~]*$`, exact: true},
	wantPath:          {pattern: `^/[!"$->@-~]*$`, exact: true},
	wantExceptionPath: {pattern: `^/[!"$->@-~]*$`},
	wantTarget:        {pattern: `^/[!"$-~]*$`},
	wantRegex:         {pattern: `.`},
	wantExpression:    {pattern: `.`},

	`a path that begins with "/", in ASCII without spaces and semicolons, or ""`: {pattern: `^(/[!-:<-~]*)?$`, exact: true},

	wantMethod:                 {pattern: methodName.String()},
	wantWrite:                  {pattern: methodName.String()},
	wantComparedHeader:         {pattern: headerName.String(), exact: true},
	wantClientHeader:           {pattern: headerName.String()},
	wantEdited:                 {pattern: headerName.String()},
	"a cookie's name":          {pattern: token.String(), exact: true},
	wantPinValue:               {pattern: `^[ -~]+$`},
	wantPreviewValue:           {pattern: `^[ -~]+$`},
	wantHeader:                 {pattern: `^[ -~]*$`},
	wantRule:                   {pattern: `^(! *[A-Za-z0-9_-]{1,100}|[A-Za-z0-9_-]{1,100}( +(=|!=|~|!~) .*[^ ].*)?)$`},
	wantTo:                     {pattern: `^(https?://|\$scheme://|/)[!-~]*$`},
	wantHashKey:                {pattern: `\$`},
	wantBody:                   {},
	wantPayload:                {pattern: `^[\s\S]`},
	wantAfter:                  {pattern: `^[!-~]+$`, exact: true},
	gatesOfUpstreams.wantQuery: {pattern: `[^ ]`},
	gatesOfFlags.wantQuery:     {pattern: `[^ ]`},
	wantJSONPath:               {pattern: `^([^.]+(\.[^.]+)*)?$`, exact: true},
	wantRetryOn:                {pattern: `^(connect|timeout|reset|invalid_answer|403|404|429|5[0-9]{2})$`, lo: 403, hi: 599, exact: true},
	wantGateStep:               {pattern: `^([2-9]|[1-9][0-9]{1,9})$`, lo: 2, exact: true},
	wantSchemaRange:            {pattern: `^ *(0|[1-9][0-9]*)(-|-(0|[1-9][0-9]*))? *$`},
	wantAmount:                 {pattern: `^(0|[1-9][0-9]*)$|` + percentage100, hi: 10000},
	wantWeight:                 {pattern: `^(0|[1-9][0-9]*)$|` + percentage100, hi: MaxWeight},
	ofRequests.want:            {pattern: `^\$(cookie|header|query)_[A-Za-z0-9_-]{1,100}$`, exact: true},
	ofAnswers.want:             {pattern: `^\$(upstream_cookie|upstream_header|cookie|header|query)_[A-Za-z0-9_-]{1,100}$`, exact: true},

	"a status from 200 to 599 that is no redirect": {pattern: `^[245][0-9]{2}$`, lo: 200, hi: 599},

	"a media type, like text/html":         {pattern: `/`},
	"the value, of at least one character": {pattern: `.`, exact: true},
	headerPairs.wantValue:                  {pattern: `^[ -~]*$`},
	checkPairs.wantValue:                   {pattern: `^[ -~]*$`},
	queryPairs.wantValue:                   {pattern: `^[!"$%'-~]*$`, exact: true},
	cookiePairs.wantValue:                  {pattern: `^[!-:<-~]*$`, exact: true},
}

const (
	webAddress  = `^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]`
	hostAndPort = `^[^ ]*:[0-9]{1,5}$`

	percentage100 = `^0*(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)%$`
)

// names are what the operator's names of mappings match, by what those are of.
var names = map[string]string{
	"a mapping of flags":                      `.`,
	certificateRoles.what:                     `^.{1,64}$`,
	flagHeaders.what:                          headerName.String(),
	flagCookies.what:                          token.String(),
	flagClaims.what:                           `^.{1,200}$`,
	flagStatic.what:                           attributeName.String(),
	"a mapping of upstreams":                  validName.String(),
	"a mapping of versions":                   validName.String(),
	"a mapping of groups":                     validName.String(),
	"a mapping of header names to values":     headerName.String(),
	"a mapping of cookies to values":          token.String(),
	"a mapping of query parameters to values": `^[!-%'-<>-~]+$`,
}

// A kind of text that is described in words of its own has an expression of its own.
func TestTextsHavePatterns(t *testing.T) {
	used := map[string]bool{}
	describedKeys(t).all(func(s *surveyed) {
		for _, sc := range s.scalars {
			if _, ok := texts[sc.want]; !ok && sc.kind == someText {
				t.Errorf("%s is %q: want an expression for that in texts", s.path, sc.want)
			}
			used[sc.want] = true
		}
		if s.each != nil {
			used[s.names] = true
			if names[s.names] == "" {
				t.Errorf("%s is %q: want an expression for its names in names", s.path, s.names)
			}
		}
	})
	for want := range texts {
		if !used[want] {
			t.Errorf("nothing is %q, and texts has it", want)
		}
	}
	if len(used) < 40 {
		t.Error(fmt.Sprint(len(used)), "kinds of text, want them all")
	}
}
