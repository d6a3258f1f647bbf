package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// Job is what a worker does for whoever asked: *models.WhatIfRun or *models.Export.
type Job any

var errNoJob = fault.NotFoundf("JOB_NOT_FOUND", "job")

// jobs finds a job by its id, for each prefix that jobs have.
func (r *root) jobs() map[string]func(context.Context, access.Caller, models.ID) (Job, error) {
	return map[string]func(context.Context, access.Caller, models.ID) (Job, error){
		models.PrefixWhatIf: job(r.Services.Commission.WhatIf),
		models.PrefixExport: job(r.Services.Exports.Export),
	}
}

func job[T any](find func(context.Context, access.Caller, models.ID) (T, error)) func(context.Context, access.Caller, models.ID) (Job, error) {
	return func(ctx context.Context, by access.Caller, id models.ID) (Job, error) {
		row, err := find(ctx, by, id)
		if err != nil {
			return nil, err
		}
		return &row, nil
	}
}

// jobState is what a change of a job is told by.
type jobState struct {
	state       string
	done, total int64
	isFinished  bool
}

func stateOf(j Job) jobState {
	switch j := j.(type) {
	case *models.WhatIfRun:
		return jobState{string(j.State), j.Done, j.Total, j.FinishedAt != nil}
	case *models.Export:
		return jobState{string(j.State), j.Done, j.Total, j.FinishedAt != nil}
	}
	return jobState{}
}

func sameProgress(a, b Job) bool { return stateOf(a) == stateOf(b) }

func isFinished(j Job) bool { return stateOf(j).isFinished }
