package stripesim

import (
	"slices"
	"strconv"
)

const (
	defaultListed = 10
	maxListed     = 100
)

// page cuts one page out of a list that is newest first, by limit, starting_after and ending_before.
func page[T any](r request, all []T, id func(T) string) (cut []T, more bool, refused *answer) {
	fail := func(a answer) ([]T, bool, *answer) { return nil, false, &a }
	limit := defaultListed
	if text := r.form.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxListed {
			return fail(invalid("parameter_invalid_integer", "limit", "Invalid integer"))
		}
		limit = n
	}
	after, before := r.form.Get("starting_after"), r.form.Get("ending_before")
	if after != "" && before != "" {
		return fail(invalid("", "starting_after", "You cannot parameterize both starting_after and ending_before."))
	}
	if after == "" && before == "" {
		return all[:min(limit, len(all))], len(all) > limit, nil
	}
	at := slices.IndexFunc(all, func(t T) bool { return id(t) == after+before })
	switch {
	case at < 0 && after != "":
		return fail(invalid("resource_missing", "starting_after", "No such object: '"+after+"'"))
	case at < 0:
		return fail(invalid("resource_missing", "ending_before", "No such object: '"+before+"'"))
	case after != "":
		rest := all[at+1:]
		return rest[:min(limit, len(rest))], len(rest) > limit, nil
	}
	start := max(at-limit, 0)
	return all[start:at], start > 0, nil
}

// listTransfers gives transfers newest first, of a group, to a destination, made at or between instants.
func (s *Server) listTransfers(r request) answer {
	made, refused := createdIn(r)
	if refused != nil {
		return *refused
	}
	group, destination := r.form.Get("transfer_group"), r.form.Get("destination")
	var fitting []*transfer
	for _, t := range slices.Backward(s.state.Transfers) {
		if (group == "" || group == t.Group) && (destination == "" || destination == t.Destination) && made(t.Created) {
			fitting = append(fitting, t)
		}
	}
	cut, more, refused := page(r, fitting, func(t *transfer) string { return t.ID })
	if refused != nil {
		return *refused
	}
	data := make([]any, len(cut))
	for i, t := range cut {
		data[i] = t.json()
	}
	return ok(listOf(data, more, "/v1/transfers"))
}

// createdIn reads the filter by instant: created, or created[gt], [gte], [lt] and [lte], in seconds.
func createdIn(r request) (func(int64) bool, *answer) {
	tests := map[string]func(made, limit int64) bool{
		"created":      func(made, limit int64) bool { return made == limit },
		"created[gt]":  func(made, limit int64) bool { return made > limit },
		"created[gte]": func(made, limit int64) bool { return made >= limit },
		"created[lt]":  func(made, limit int64) bool { return made < limit },
		"created[lte]": func(made, limit int64) bool { return made <= limit },
	}
	limits := map[string]int64{}
	for name := range tests {
		if !r.form.Has(name) {
			continue
		}
		n, err := strconv.ParseInt(r.form.Get(name), 10, 64)
		if err != nil {
			refused := invalid("parameter_invalid_integer", "created", "Invalid integer")
			return nil, &refused
		}
		limits[name] = n
	}
	return func(made int64) bool {
		for name, limit := range limits {
			if !tests[name](made, limit) {
				return false
			}
		}
		return true
	}, nil
}
