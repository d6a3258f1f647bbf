package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/pprof"

	"tributary/internal/app"
)

type benchCmd struct {
	Name string `arg:"" help:"What to measure: accrue, api, attack, engine, payout or whatif."`
	app.BenchSizes
	CPUProfile string `name:"cpu-profile" placeholder:"FILE" help:"Write a CPU profile of this process to FILE."`
	MemProfile string `name:"mem-profile" placeholder:"FILE" help:"Write what this process allocated to FILE."`
}

// Run measures on a scratch database on the configured server and prints each figure beside its limit; it fails when
// one is outside.
func (c benchCmd) Run(r run) error {
	if c.CPUProfile != "" {
		f, err := os.Create(c.CPUProfile)
		if err != nil {
			return fmt.Errorf("write the profile: %w", err)
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return fmt.Errorf("write the profile: %w", err)
		}
		defer pprof.StopCPUProfile()
	}
	err := app.Bench(r.Context, r.config, c.Name, c.BenchSizes, os.Stdout, r.log)
	return errors.Join(err, c.writeAllocations())
}

func (c benchCmd) writeAllocations() error {
	if c.MemProfile == "" {
		return nil
	}
	f, err := os.Create(c.MemProfile)
	if err != nil {
		return fmt.Errorf("write the profile: %w", err)
	}
	defer f.Close()
	return pprof.Lookup("allocs").WriteTo(f, 0)
}
