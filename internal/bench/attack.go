package bench

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"time"

	"tributary/internal/fault"
)

const (
	attackTime   = 50 * time.Millisecond // of processor time, from request to answer
	attackBytes  = 64 << 10              // of answer
	attackTurns  = 5                     // of which the middle one counts
	floodSize    = 2000                  // different documents, of which none must be kept for long
	floodBytes   = 8 << 10
	attackMemory = 64 // MiB that the process may hold more after the flood
)

// ErrAttack is returned when an attack is not refused as it should be.
var ErrAttack = fault.New(fault.Internal, "BENCH_ATTACK", "an attack was answered otherwise than it should be")

// underAttack sends what would cost much, where nothing is limited, and measures what it costs. Limits: 50 ms of
// processor time and 64 KB for each answer, and 64 MiB more memory after 2,000 documents of 8 KB that are all different.
func underAttack(ctx context.Context, o Options) error {
	db, _, remove, err := openEither(ctx, o)
	if err != nil {
		return err
	}
	defer remove()
	server := httptest.NewServer(o.API(db))
	defer server.Close()
	rows := attacks()
	slices.SortStableFunc(rows, func(a, b attack) int { return cmp.Compare(a.name, b.name) })
	plain := attack{name: "a plain request, for comparison", body: asking("{ viewer { name } }")}
	outside := false
	for _, a := range append([]attack{plain}, rows...) {
		took, size, err := a.measure(ctx, server.URL)
		if err != nil {
			return err
		}
		outside = outside || took > attackTime || size > attackBytes
		fmt.Fprintf(o.Out, "%-40s %7.2f ms, limit %d; %6d bytes, limit %d\n", a.name, float64(took.Microseconds())/1000, attackTime.Milliseconds(), size, attackBytes)
	}
	before := heldMiB()
	for i := range floodSize {
		flood := attack{name: "a flood", body: asking(floodDocument(i))}
		if _, err := flood.send(ctx, server.URL); err != nil {
			return err
		}
	}
	more := heldMiB() - before
	fmt.Fprintf(o.Out, "%-40s %4d MiB more held, limit %d\n", fmt.Sprintf("%d different documents of 8 KB", floodSize), more, attackMemory)
	if outside || more > attackMemory {
		return ErrOutside
	}
	return ctx.Err()
}

// floodDocument is as large, parsed, as its bytes allow, and different for every number.
func floodDocument(i int) string {
	document := fmt.Sprintf("{ viewer { a%d: name", i) + strings.Repeat(" ... {"+strings.Repeat(" __typename", 10)+" }", 48) + " } }"
	return document + strings.Repeat("\n", floodBytes-len(document))
}

// heldMiB gives the memory that is in use after what is not needed was given back.
func heldMiB() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc >> 20)
}

// measure gives the processor time of both sides and the size of the answer.
func (a attack) measure(ctx context.Context, url string) (time.Duration, int, error) {
	var times []int64
	size := 0
	for range attackTurns {
		begun := coreTime()
		text, err := a.send(ctx, url)
		if err != nil {
			return 0, 0, err
		}
		times = append(times, int64(coreTime()-begun))
		size = len(text)
	}
	return time.Duration(median(times)), size, nil
}

// send gives the answer. Code BENCH_ATTACK when it is not the one that is expected.
func (a attack) send(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(a.body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if a.change != nil {
		a.change(request)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, ErrAttack.Because(fmt.Errorf("%s: %w", a.name, err))
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, ErrAttack.Because(fmt.Errorf("%s: %w", a.name, err))
	}
	if err := a.check(response.StatusCode, text); err != nil {
		return nil, ErrAttack.Because(fmt.Errorf("%s: %w: %d %.300s", a.name, err, response.StatusCode, text))
	}
	return text, nil
}

func (a attack) check(status int, text []byte) error {
	var answer struct {
		Errors []struct{ Extensions struct{ Code string } }
	}
	switch err := json.Unmarshal(text, &answer); {
	case err != nil:
		return err
	case status != cmp.Or(a.status, http.StatusOK):
		return errors.New("another status")
	case len(answer.Errors) == 0 != (a.code == ""):
		return errors.New("refused, or not refused")
	case a.code != "" && answer.Errors[0].Extensions.Code != a.code:
		return errors.New("another code")
	case bytes.Contains(text, []byte("panic")):
		return errors.New("tells of a panic")
	}
	return nil
}
