package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"tributary/internal/app"
)

// shownRejections is how many rejected rows are printed; --report writes all.
const shownRejections = 20

type importCmd struct {
	Partners    importPartnersCmd    `cmd:"" help:"Enroll the partners of a CSV file."`
	Conversions importConversionsCmd `cmd:"" help:"Record the conversions of a CSV file."`
	Refunds     importRefundsCmd     `cmd:"" help:"Record the refunds of a CSV file."`
}

// importFlags are the same for every kind of file.
type importFlags struct {
	Merchant string `required:"" help:"Slug of the merchant."`
	Program  string `required:"" help:"Slug of the program."`
	Report   string `type:"path" placeholder:"FILE.csv" help:"Write all rejected rows to this file: line, code, field, message."`
	File     string `arg:"" type:"existingfile" help:"The CSV file (docs/import.md)."`
}

type importPartnersCmd struct {
	importFlags `embed:""`
}

// Run enrolls partners; it fails when a row was rejected.
func (c importPartnersCmd) Run(r run) error {
	return c.run(r, app.ImportRequest{Kind: app.ImportPartners})
}

type importConversionsCmd struct {
	importFlags `embed:""`
}

// Run records conversions; it fails when a row was rejected.
func (c importConversionsCmd) Run(r run) error {
	return c.run(r, app.ImportRequest{Kind: app.ImportConversions})
}

type importRefundsCmd struct {
	importFlags `embed:""`
}

// Run records refunds; it fails when a row was rejected.
func (c importRefundsCmd) Run(r run) error {
	return c.run(r, app.ImportRequest{Kind: app.ImportRefunds})
}

func (c importFlags) run(r run, request app.ImportRequest) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if report, err := os.Stat(c.Report); err == nil && os.SameFile(info, report) {
		return errors.New("the report would overwrite the file that is imported")
	}
	a, err := r.open()
	if err != nil {
		return err
	}
	defer a.Close()
	request.Merchant, request.Program, request.File = c.Merchant, c.Program, file
	told, end := drawProgress(info.Size())
	request.Progress = told
	done, err := app.Import(r.Context, a, request)
	end()
	if done.RunID.IsZero() {
		return err
	}
	err = errors.Join(err, c.tell(done))
	if err == nil && done.Rejected > 0 {
		return fmt.Errorf("%d of %d rows were rejected", done.Rejected, done.Rows)
	}
	return err
}

// drawProgress draws on standard error when that is a terminal: told moves the bar, end leaves it where it is.
func drawProgress(size int64) (told func(bytes int64), end func()) {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions64(size, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription("importing"),
		progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond))
	return func(bytes int64) { _ = bar.Set64(bytes) }, func() {
		_ = bar.Exit()
		fmt.Fprintln(os.Stderr)
	}
}

// tell prints what came of the file, and writes the report when one is wanted.
func (c importFlags) tell(done app.Imported) error {
	fmt.Printf("%d rows: %d recorded, %d restated, %d unchanged, %d rejected\n", done.Rows, done.Recorded, done.Restated, done.Unchanged, done.Rejected)
	if done.Earlier > 0 {
		fmt.Printf("%d more were taken in before the import was interrupted\n", done.Earlier)
	}
	if done.Recorded+done.Restated == 0 {
		fmt.Println("nothing changed")
	}
	shown := 0
	for rejection, err := range done.Rejections {
		if err != nil {
			return err
		}
		if shown++; shown > shownRejections {
			fmt.Printf("and %d more rejected rows\n", done.Rejected-shownRejections)
			break
		}
		fmt.Printf("line %d: %s", rejection.Line, rejection.Code)
		if rejection.Field != "" {
			fmt.Printf(" (%s)", rejection.Field)
		}
		fmt.Printf(": %s\n", rejection.Message)
	}
	if c.Report == "" {
		return nil
	}
	return c.report(done)
}

func (c importFlags) report(done app.Imported) error {
	file, err := os.Create(c.Report)
	if err != nil {
		return err
	}
	out := csv.NewWriter(file)
	err = out.Write([]string{"line", "code", "field", "message"})
	for rejection, listErr := range done.Rejections {
		if err = errors.Join(err, listErr); err != nil {
			break
		}
		err = out.Write([]string{strconv.FormatInt(rejection.Line, 10), rejection.Code, rejection.Field, rejection.Message})
	}
	out.Flush()
	return errors.Join(err, out.Error(), file.Close())
}
