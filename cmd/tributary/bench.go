package main

import (
	"os"

	"tributary/internal/app"
)

type benchCmd struct {
	Name        string `arg:"" help:"What to measure: accrue."`
	Partners    int    `default:"100000" help:"Partners in the tree."`
	Conversions int    `default:"1000000" help:"Conversions of the large run; the small one is a tenth."`
}

// Run measures on a scratch database on the configured server and prints each figure beside its limit; it fails when
// one is outside.
func (c benchCmd) Run(r run) error {
	return app.Bench(r.Context, r.config, c.Name, c.Partners, c.Conversions, os.Stdout, r.log)
}
