package main

import (
	"encoding/json"
	"os"

	"tributary/internal/app"
)

type replayCmd struct {
	Merchant string `required:"" help:"Slug of the merchant."`
	Program  string `required:"" help:"Slug of the program."`
	Period   string `help:"One of the program's periods, such as 2026-01, or 2026-W05; all of them when it is not given."`
	JSON     bool   `help:"Print the replays as JSON."`
}

// Run prints what each period comes to, and its differences to the cent; it fails when there is one.
func (c replayCmd) Run(r run) error {
	a, err := r.open()
	if err != nil {
		return err
	}
	defer a.Close()
	periods, err := app.Replay(r.Context, a, app.ReplayRequest{Merchant: c.Merchant, Program: c.Program, Period: c.Period})
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(periods); err != nil {
			return err
		}
	} else {
		for _, p := range periods {
			p.Print(os.Stdout)
		}
	}
	return app.ReplayAgrees(periods)
}
