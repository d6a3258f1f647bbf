package main

import (
	"fmt"
	"os"

	"tributary/internal/app"
)

type programCmd struct {
	Apply programApplyCmd `cmd:"" help:"Create or update a program and publish its plan from one file."`
}

type programApplyCmd struct {
	Merchant string `required:"" help:"Slug of the merchant; it is created when it does not exist."`
	File     string `arg:"" type:"existingfile" help:"The plan file (docs/plan-file.md)."`
}

// Run applies the file whole, or changes nothing.
func (c programApplyCmd) Run(r run) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	a, err := r.open()
	if err != nil {
		return err
	}
	defer a.Close()
	p, v, err := app.ApplyFor(r.Context, a, c.Merchant, data)
	if err == nil {
		fmt.Printf("program %s, plan version %d\n", p.Slug, v.Number)
	}
	return err
}
