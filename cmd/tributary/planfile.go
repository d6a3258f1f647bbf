package main

import (
	"fmt"
	"os"

	"tributary/internal/app"
)

type planCheckCmd struct {
	File string `arg:"" type:"existingfile" help:"The plan file (docs/plan-file.md)."`
}

// Run says what the file comes to, or where it is wrong; it opens no database.
func (c planCheckCmd) Run() error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	found, err := app.CheckPlan(data)
	if err != nil {
		return err
	}
	fmt.Printf("%d rules, %d examples hold, worst case %s: of an order of 100.00, %s\n", found.Rules, found.Examples, found.Worst, found.Example)
	return nil
}

type planExportCmd struct {
	Merchant string `required:"" help:"Slug of the merchant."`
	Version  int    `help:"Number of the plan version; the latest when left out."`
	Program  string `arg:"" help:"Slug of the program."`
}

// Run prints the plan file.
func (c planExportCmd) Run(r run) error {
	a, err := r.open()
	if err != nil {
		return err
	}
	defer a.Close()
	text, err := app.ExportPlan(r.Context, a, c.Merchant, c.Program, c.Version)
	if err != nil {
		return err
	}
	_, err = fmt.Print(text)
	return err
}
