package app

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"io"
	"log/slog"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/testkit"
	"tributary/models"
)

// expected is the demo's outcome computed a second time: from the raw file, in rationals, sharing no code with the
// engine, the reader or the ledger.
type expected struct{ orders, sales, refunds, refunded, commission int64 }

func TestDemoAgreesWithASecondComputation(t *testing.T) {
	c := Config{Addr: "127.0.0.1:0", RedisURL: os.Getenv("TRIBUTARY_TEST_REDIS_URL"), Secret: strings.Repeat("s", 32)}
	c.DatabaseURL = testkit.NewAddress(t)
	c.DataDir = t.TempDir()
	a, clock, err := OpenDemo(t.Context(), c, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer a.Close()
	a.Access.HashCheaply()
	r, err := a.RunDemo(t.Context(), clock)
	require.NoError(t, err)

	want := computeAgain(t)
	require.Equal(t, want, expected{r.Orders, r.SalesMinor, r.Refunds, r.RefundedMinor, r.CommissionMinor})
	require.True(t, r.Proof.Holds(), "%v", r.Proof.Findings)
	require.True(t, r.PausedForFunds)
	require.NotEmpty(t, r.Replays)
	require.NoError(t, ReplayAgrees(r.Replays), "%+v", r.Replays)

	var levels, unpaid int64
	for _, l := range r.Levels {
		levels += l.Minor
	}
	states := map[models.PayoutState]int{}
	for _, n := range r.NotPaid {
		unpaid += n.Minor
		states[n.State]++
	}
	require.Len(t, r.Levels, 4, "the seller and three levels above it")
	require.Equal(t, r.CommissionMinor, levels)
	require.Equal(t, r.CommissionMinor, r.PaidMinor+unpaid, "every penny is paid, held or carried")
	require.Equal(t, map[models.PayoutState]int{models.PayoutStateHeld: 2, models.PayoutStateCarried: 2}, states)

	requireSimulatorAgrees(t, a, r)
	requireFates(t, a, r)
	var text bytes.Buffer
	r.Print(&text, "")
	require.Contains(t, text.String(), fatesTold)
	require.Contains(t, text.String(), "PROVEN")
	requireExplained(t, r.Explained)
	require.Contains(t, text.String(), "  "+r.Explained.ID+"  "+r.Explained.Amount.String()+"\n")
}

// requireExplained holds the line that the report explains against the plan.
func requireExplained(t *testing.T, l ExplainedLine) {
	t.Helper()
	require.True(t, l.Agrees, l.Problem)
	require.Equal(t, l.Amount, *l.Recomputed)
	require.Len(t, l.Tiers, 2)
	require.NotEmpty(t, l.Caps)
	require.Greater(t, len(l.Levels), 1, "somebody above the seller earned too")
	require.NotEmpty(t, l.Adjustments)
	left := l.Amount.Minor
	for _, a := range l.Adjustments {
		require.Negative(t, a.Amount.Minor)
		left += a.Amount.Minor
	}
	require.Equal(t, left, l.ComesTo.Minor)
	require.NotEmpty(t, l.Payment.PayoutID)
}

func requireSimulatorAgrees(t *testing.T, a *App, r Report) {
	t.Helper()
	require.NoError(t, a.Stripe.Check())
	var sent int64
	seen := map[string]bool{}
	for _, transfer := range a.Stripe.Transfers() {
		sent += transfer.Amount
		require.False(t, seen[transfer.Destination], "one transfer per partner")
		seen[transfer.Destination] = true
	}
	require.Equal(t, r.PaidMinor, sent)
	require.Len(t, seen, int(r.PaidCount))
}

// fatesTold is the same on every kind of storage.
const fatesTold = `
What became of the payouts
  Cosy Corner        HELD            799.01 GBP   not paid in this batch, which leaves the amount payable: the rail refused it, since the partner's account may not receive transfers (insufficient_capabilities_for_transfer)
  Lamp and Ladder    HELD            299.15 GBP   not paid in this batch, which leaves the amount payable: the partner has not completed the payout account
  Market Day         CARRIED          42.59 GBP   not paid in this batch: the balance is under the program's minimum and is carried to the next period
  Second Post        CARRIED          36.00 GBP   not paid in this batch: the balance is under the program's minimum and is carried to the next period
  Garden Gate        UNKNOWN         411.53 GBP   sent, and it is not known whether it is paid: the answer of the rail was lost; it is asked again
  Garden Gate        TRANSFERRED     411.53 GBP   paid, once, after 2 calls under the same key
    call 1: no answer came: it may have paid or not
    call 2: the rail gave the answer of the earlier call under the key again: that call had paid it

`

// requireFates holds what the report tells against the ledger and the simulator.
func requireFates(t *testing.T, a *App, r Report) {
	t.Helper()
	accounts := map[string]int64{}
	for _, transfer := range a.Stripe.Transfers() {
		accounts[transfer.Destination] += transfer.Amount
	}
	var rows []models.Payout
	require.NoError(t, a.DB.Read(t.Context()).Where("batch_id = ?", r.BatchID).Find(&rows).Error)
	unpaid := 0
	for _, p := range rows {
		var payable models.Balance
		err := a.DB.Read(t.Context()).Where("owner_id = ? AND account = ?", p.EnrollmentID, models.AccountPayable).Take(&payable).Error
		require.NoError(t, err)
		if p.State == models.PayoutStateTransferred {
			require.Zero(t, payable.BalanceMinor)
			require.Equal(t, p.AmountMinor, accounts[p.Destination])
			continue
		}
		unpaid++
		require.Equal(t, p.AmountMinor, payable.BalanceMinor, "what is %s stays payable", p.State)
		require.Zero(t, accounts[p.Destination])
	}
	require.Len(t, r.NotPaid, unpaid)
	require.Len(t, r.Doubts, 1)
	var calls []models.PayoutAttempt
	require.NoError(t, a.DB.Read(t.Context()).Where("payout_id = ?", r.Doubts[0].PayoutID).Find(&calls).Error)
	require.NotEmpty(t, calls) // a second one, unless Stripe's event of the transfer came first
	for _, c := range calls {
		require.Equal(t, calls[0].IdemKey, c.IdemKey)
	}
	require.EqualValues(t, r.PaidCount, r.Compared.TransferCount)
	require.Zero(t, r.Compared.FindingCount)
}

type sale struct {
	customer              string
	goods, gross, refunds *big.Int
	sold                  []soldAgain
}

type soldAgain struct {
	sku, price string
	left       int64
}

func computeAgain(t *testing.T) expected {
	t.Helper()
	sales, order, want := readAgain(t)
	partners := demoPartners()
	bound, used := map[string]int{}, map[int]*big.Int{}
	for _, invoice := range order {
		s := sales[invoice]
		want.orders++
		want.sales += s.gross.Int64()
		seller, known := bound[s.customer]
		if !known {
			way, partner := demoTouch(s.customer, len(partners))
			seller = partner
			if way == touchNone {
				seller = -1
			}
			if s.customer != "" {
				bound[s.customer] = seller
			}
		}
		if seller >= 0 {
			want.commission += earnedAgain(s, partners, seller, used)
		}
	}
	return want
}

// earnedAgain gives what an order earns over all levels, in rationals; used is what the seller has of its month so far.
func earnedAgain(s *sale, partners []demoPartner, seller int, used map[int]*big.Int) int64 {
	share := func(of *big.Int, percent int64) *big.Rat {
		return new(big.Rat).SetFrac(new(big.Int).Mul(of, big.NewInt(percent)), big.NewInt(100))
	}
	own := share(s.goods, 8)
	if partners[seller].group != "shops" {
		own = share(s.goods, 10)
		if above := new(big.Int).Sub(s.goods, big.NewInt(500_00)); above.Sign() > 0 {
			own.Add(own, share(above, 2))
		}
	}
	total := halfEven(own)
	if used[seller] == nil {
		used[seller] = new(big.Int)
	}
	if room := new(big.Int).Sub(big.NewInt(800_00), used[seller]); total.Cmp(room) > 0 {
		total = room
	}
	used[seller].Add(used[seller], total)
	below := total
	up := partners[seller].sponsor
	for level := 1; level <= 3 && up >= 0; level++ {
		line := halfEven(share(s.goods, map[int]int64{1: 2, 2: 1}[level]))
		if level == 3 {
			line = halfEven(share(below, 25))
		}
		total = new(big.Int).Add(total, line)
		below, up = line, partners[up].sponsor
	}
	left := new(big.Int).Sub(s.gross, s.refunds)
	return halfEven(new(big.Rat).Mul(new(big.Rat).SetInt(total), new(big.Rat).SetFrac(left, s.gross))).Int64()
}

func halfEven(r *big.Rat) *big.Int {
	floor := new(big.Int).Div(r.Num(), r.Denom())
	rest := new(big.Rat).Sub(r, new(big.Rat).SetInt(floor))
	if c := rest.Cmp(big.NewRat(1, 2)); c > 0 || (c == 0 && floor.Bit(0) == 1) {
		floor.Add(floor, big.NewInt(1))
	}
	return floor
}

// pence reads "2,55" without the product's parser.
func pence(t *testing.T, text string, quantity int64) *big.Int {
	t.Helper()
	r, ok := new(big.Rat).SetString(strings.Replace(text, ",", ".", 1))
	require.True(t, ok, text)
	r.Mul(r, big.NewRat(100*quantity, 1))
	require.True(t, r.IsInt(), text)
	return new(big.Int).Set(r.Num())
}

func readAgain(t *testing.T) (map[string]*sale, []string, expected) {
	t.Helper()
	zipped, err := gzip.NewReader(bytes.NewReader(retailFile))
	require.NoError(t, err)
	r := csv.NewReader(zipped)
	r.Comma, r.LazyQuotes = ';', true
	_, err = r.Read()
	require.NoError(t, err)
	sales, order, want := map[string]*sale{}, []string{}, expected{}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return sales, order, want
		}
		require.NoError(t, err)
		quantity, ok := new(big.Int).SetString(row[3], 10)
		require.True(t, ok)
		n := quantity.Int64()
		if strings.HasPrefix(row[0], "C") {
			if value := returnAgain(t, sales, order, row, -n); value != nil {
				want.refunds++
				want.refunded += value.Int64()
			}
			continue
		}
		value := pence(t, row[5], n)
		if n <= 0 || value.Sign() <= 0 {
			continue
		}
		s := sales[row[0]]
		if s == nil {
			s = &sale{customer: row[6], goods: new(big.Int), gross: new(big.Int), refunds: new(big.Int)}
			sales[row[0]] = s
			order = append(order, row[0])
		}
		s.gross.Add(s.gross, value)
		if row[1] == "POST" || row[1] == "DOT" || row[1] == "C2" {
			continue
		}
		s.goods.Add(s.goods, value)
		s.sold = append(s.sold, soldAgain{sku: row[1], price: row[5], left: n})
	}
}

func returnAgain(t *testing.T, sales map[string]*sale, order []string, row []string, n int64) *big.Int {
	t.Helper()
	for i := len(order) - 1; i >= 0; i-- {
		s := sales[order[i]]
		if s.customer == "" || s.customer != row[6] {
			continue
		}
		for j := range s.sold {
			if l := &s.sold[j]; l.sku == row[1] && l.price == row[5] && l.left >= n {
				l.left -= n
				value := pence(t, row[5], n)
				s.refunds.Add(s.refunds, value)
				return value
			}
		}
	}
	return nil
}
