package main

import (
	"fmt"

	"tributary/internal/app"
)

type migrateCmd struct{}

// Run applies what is missing of this release's migrations.
func (migrateCmd) Run(r run) error {
	a, err := r.open()
	if err != nil {
		return err
	}
	defer a.Close()
	n, err := app.Migrate(r.Context, a)
	if err == nil {
		fmt.Printf("%d migrations applied\n", n)
	}
	return err
}
