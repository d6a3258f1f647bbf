package main

import (
	"errors"
	"fmt"
	"os"

	"tributary/internal/app"
)

type demoCmd struct {
	Exit bool `help:"End after the report instead of serving."`
}

// Run loads the sample program, pays a month, and prints the report. It fails when the ledger is not proven.
func (c demoCmd) Run(r run) error {
	a, clock, err := app.OpenDemo(r.Context, r.config, r.log)
	if err != nil {
		return err
	}
	defer a.Close()
	report, err := a.RunDemo(r.Context, clock)
	if err != nil {
		return err
	}
	address := "Serving at " + a.Config.BaseURL
	if c.Exit {
		address = ""
	}
	report.Print(os.Stdout, address)
	if !report.Proof.Holds() {
		return errors.New("the ledger is not proven")
	}
	if c.Exit {
		return nil
	}
	fmt.Println("Press Ctrl-C to end.")
	return a.Serve(r.Context, true, true)
}
