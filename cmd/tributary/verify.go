package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"tributary/internal/app"
)

type verifyCmd struct {
	JSON      bool   `help:"Print the proof as JSON."`
	AuditHead string `placeholder:"BLOCK:HASH" help:"The head of the audit log that an earlier verify printed: what was logged up to then must still be there."`
}

// Run proves the ledger and the audit log, and prints every offending row; it fails when there is one.
func (c verifyCmd) Run(r run) error {
	a, err := r.open()
	if err != nil {
		return err
	}
	defer a.Close()
	proof, err := app.Verify(r.Context, a, c.AuditHead)
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
		fmt.Printf("%d audit entries in %d blocks, head %s\n", proof.Audit.Entries, proof.Audit.Blocks, proof.Audit.Head)
		if !proof.Audit.Holds() {
			fmt.Printf("BROKEN audit log: %s\n", proof.Audit.Break)
		}
	}
	if !proof.Holds() {
		return errors.New("the ledger or the audit log is not proven")
	}
	return nil
}
