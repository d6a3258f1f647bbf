package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"tributary/internal/app"
)

type verifyCmd struct {
	JSON bool `help:"Print the proof as JSON."`
}

// Run proves the ledger and prints every offending row; it fails when there is one.
func (c verifyCmd) Run(r run) error {
	a, err := r.open()
	if err != nil {
		return err
	}
	defer a.Close()
	proof, err := app.Verify(r.Context, a)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(proof); err != nil {
			return err
		}
	} else {
		fmt.Printf("%d journals, %d entries, %d commission lines\n", proof.Journals, proof.Entries, proof.Lines)
		for _, f := range proof.Findings {
			fmt.Printf("BROKEN %s: %s\n", f.Check, f.Detail)
		}
	}
	if !proof.Holds() {
		return errors.New("the ledger is not proven")
	}
	return nil
}
