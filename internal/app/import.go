package app

import (
	"context"
	"io"
	"iter"

	"tributary/internal/access"
	"tributary/internal/importer"
	"tributary/models"
)

// The kinds of files that Import takes.
const (
	ImportPartners    = models.ImportKindPartners
	ImportConversions = models.ImportKindConversions
	ImportRefunds     = models.ImportKindRefunds
)

// ImportRequest is a file, what it holds, and the program it is for.
type ImportRequest struct {
	Kind     models.ImportKind
	Merchant string // slug
	Program  string // slug
	File     io.ReadSeeker
	Progress func(bytes int64)
}

// Imported is what an import did, and the rows it rejected in the order of the file.
type Imported struct {
	importer.Summary
	Rejections iter.Seq2[models.ImportRejection, error]
}

// Import takes a file in for a merchant that exists. An import that was ended by an error has its summary beside the
// error when it began at all.
func Import(ctx context.Context, a *App, r ImportRequest) (Imported, error) {
	if err := a.RequireSchema(ctx); err != nil {
		return Imported{}, err
	}
	merchant, err := a.Program.MerchantBySlug(ctx, r.Merchant)
	if err != nil {
		return Imported{}, err
	}
	by := access.System("cli", merchant.ID)
	p, err := a.Program.ProgramBySlug(ctx, by, r.Program)
	if err != nil {
		return Imported{}, err
	}
	files := importer.New(a.DB, a.Program, a.Tracking)
	done := Imported{Rejections: func(func(models.ImportRejection, error) bool) {}}
	done.Summary, err = files.Import(ctx, by, importer.Input{ProgramID: p.ID, Kind: r.Kind, File: r.File, Progress: r.Progress})
	if done.RunID.IsZero() {
		return done, err
	}
	listed, listErr := files.Rejections(context.WithoutCancel(ctx), by, done.RunID)
	if listErr != nil && err == nil {
		err = listErr
	}
	if listErr == nil {
		done.Rejections = listed
	}
	return done, err
}
