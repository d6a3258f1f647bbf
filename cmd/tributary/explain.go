package main

import (
	"encoding/json"
	"os"

	"tributary/internal/app"
	"tributary/internal/fault"
)

type explainCmd struct {
	ID   string `arg:"" help:"The line, such as commission_01h455vb4pex5vsknk084sn02q."`
	JSON bool   `help:"Print the explanation as JSON."`
}

// Run prints how the line came about; it fails when pricing it again gives another amount.
func (c explainCmd) Run(r run) error {
	a, err := r.open()
	if err != nil {
		return err
	}
	defer a.Close()
	line, err := app.Explain(r.Context, a, c.ID)
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(os.Stdout).Encode(line)
	} else {
		line.Print(os.Stdout)
	}
	if err == nil && !line.Agrees {
		err = fault.New(fault.Internal, "LINE_DOES_NOT_AGREE", "%s", line.Problem)
	}
	return err
}
