package main

import (
	"os"

	"tributary/internal/app"
)

type stripesimCmd struct {
	Listen        string `default:"127.0.0.1:12111" help:"Where to listen: a loopback address; port 0 takes a free one."`
	Key           string `default:"sk_test_simulator" help:"The secret key that clients must use."`
	WebhookURL    string `name:"webhook-url" help:"Where events are delivered; nowhere when empty."`
	WebhookSecret string `name:"webhook-secret" default:"whsec_simulator" help:"What events are signed with."`
	State         string `placeholder:"FILE" help:"Keep the state in FILE; in memory only when empty."`
	Faults        string `placeholder:"FILE" help:"A JSON list of what is to go wrong; docs/stripesim.md has the kinds."`
	Limit         int    `help:"Requests per second that are let through; 0 is no limit."`
	EndpointLimit int    `name:"endpoint-limit" help:"The same for each endpoint."`
}

// Run prints the simulator's address and serves until it is told to end; it fails if its own books do not add up then.
func (c stripesimCmd) Run(r run) error {
	o := app.StripesimOptions{Listen: c.Listen, Key: c.Key, WebhookURL: c.WebhookURL, WebhookSecret: c.WebhookSecret, StateFile: c.State, FaultFile: c.Faults,
		PerSecond: c.Limit, PerEndpoint: c.EndpointLimit}
	return app.Stripesim(r.Context, o, os.Stdout, r.log)
}
