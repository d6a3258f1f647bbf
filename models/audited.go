package models

import (
	"slices"

	"tributary/internal/fault"
)

// auditing says how the changes of a table are noted in the audit log. The zero value notes each row by itself, with what it was
// and what it became.
type auditing struct {
	prefix  string   // of the entity's global id; empty where it has none
	key     string   // the column of the entity's id; "id" when empty
	counted noting   // which changes are noted together: how many rows, and the first and the last id of what was inserted
	secret  []string // columns whose values are never written down, only that they changed
	quiet   []string // columns of the program's own bookkeeping: a change of these alone is no entry
	leftOut string   // why nothing of the table is noted
}

// noting is a set of changes.
type noting uint8

const (
	inserts noting = 1 << iota
	changes        // updates and deletes
)

// audited is every table of the schema. What is counted is insert-only and is itself the record of what happened, row by row; what
// is left out says why.
var audited = map[string]auditing{
	"merchants":            {prefix: PrefixMerchant},
	"staff":                {prefix: PrefixUser, key: "user_id"},
	"api_keys":             {prefix: PrefixAPIKey, secret: []string{"secret_hash"}, quiet: []string{"last_used_at"}},
	"users":                {prefix: PrefixUser, secret: []string{"password_hash"}},
	"sessions":             {prefix: PrefixSession, quiet: []string{"used_at", "address", "user_agent", "expires_at"}},
	"totps":                {prefix: PrefixUser, key: "user_id", secret: []string{"secret"}, quiet: []string{"last_counter"}},
	"recovery_codes":       {prefix: PrefixUser, key: "user_id", secret: []string{"code_hash"}},
	"email_proofs":         {prefix: PrefixUser, key: "user_id", secret: []string{"token_hash"}},
	"partners":             {prefix: PrefixPartner},
	"partner_invites":      {prefix: PrefixPartner, key: "partner_id", secret: []string{"token_hash"}},
	"staff_invites":        {prefix: PrefixUser, key: "user_id", secret: []string{"token_hash"}},
	"programs":             {prefix: PrefixProgram},
	"program_terms":        {prefix: PrefixTerms},
	"terms_acceptances":    {prefix: PrefixEnrollment, key: "enrollment_id"},
	"plan_versions":        {prefix: PrefixPlan},
	"partner_groups":       {prefix: PrefixGroup},
	"enrollments":          {prefix: PrefixEnrollment},
	"sponsor_edges":        {prefix: PrefixEnrollment, key: "child_id"},
	"sponsor_changes":      {prefix: PrefixSponsoring},
	"links":                {prefix: PrefixLink},
	"coupons":              {prefix: PrefixCoupon},
	"placement_agreements": {prefix: PrefixPlacement},
	"manual_lines":         {prefix: PrefixCommission, key: "commission_id"},
	"periods":              {prefix: PrefixPeriod, quiet: []string{"line_count"}},
	"whatif_runs":          {prefix: PrefixWhatIf, quiet: []string{"attempts", "claimed_at", "progress_at", "done", "total"}},
	"stripe_credentials":   {prefix: PrefixMerchant, key: "merchant_id", secret: []string{"secret_key", "webhook_secret"}},
	"payout_accounts":      {prefix: PrefixAccount, quiet: []string{"checked_at"}},
	"payout_batches":       {prefix: PrefixBatch, quiet: []string{"funds_asked_at"}},
	"payout_decisions":     {prefix: PrefixDecision},
	"payout_stops":         {},
	"recon_findings":       {prefix: PrefixFinding},
	"exports":              {prefix: PrefixExport, quiet: []string{"attempts", "claimed_at", "progress_at", "done", "total", "row_count", "byte_count", "chunks", "place"}},
	"webhook_endpoints": {prefix: PrefixEndpoint, secret: []string{"secret", "old_secret"},
		quiet: []string{"cursor_number", "failures", "failing_since", "paused_until", "claim_until", "rung"}},
	"import_runs": {quiet: []string{"rows_done", "rejected", "started_at", "finished_at"}},

	"payouts":             {prefix: PrefixPayout, counted: inserts, quiet: []string{"next_try_at"}},
	"customers":           {prefix: PrefixCustomer, counted: inserts | changes},
	"conversions":         {prefix: PrefixConversion, counted: inserts},
	"attributions":        {prefix: PrefixConversion, key: "conversion_id", counted: inserts},
	"refunds":             {prefix: PrefixRefund, counted: inserts},
	"commissions":         {prefix: PrefixCommission, counted: inserts},
	"stalled_conversions": {prefix: PrefixConversion, key: "root_id", counted: inserts | changes},
	"statements":          {prefix: PrefixPeriod, key: "period_id", counted: inserts},
	"settlement_members":  {prefix: PrefixPeriod, key: "period_id", counted: inserts},
	"stripe_events":       {counted: inserts, quiet: []string{"handled_at"}},

	"journals":           {leftOut: "insert-only, each named by its unit of work, and proven by the ledger's own checks"},
	"ledger_entries":     {leftOut: "a journal's parts"},
	"ledger_balances":    {leftOut: "a cache of the entries, proven against them"},
	"payout_attempts":    {leftOut: "the record of each call to the rail; the payout's own change is noted"},
	"recon_runs":         {leftOut: "the record of each comparison with the rail; what it finds and moves is noted"},
	"replay_runs":        {leftOut: "the record of each replay, which changes nothing"},
	"clicks":             {leftOut: "insert-only, by visitors"},
	"cap_counters":       {leftOut: "counted from the lines, which prove them"},
	"tree_versions":      {leftOut: "a counter that sponsor edges take turns on"},
	"accrual_queue":      {leftOut: "work that waits, and goes when it is done"},
	"refresh_tokens":     {leftOut: "each counts once; the session that they belong to is noted", secret: []string{"token_hash"}},
	"throttles":          {leftOut: "attempts counted, and forgotten after a while"},
	"mails":              {leftOut: "letters that wait and are thrown away later; what they tell of is noted where it happens"},
	"event_queue":        {leftOut: "events that wait for their number"},
	"events":             {leftOut: "insert-only, each tells of a change that is noted where it happens"},
	"webhook_deliveries": {leftOut: "the record of each call to an endpoint; what parks it is noted"},
	"export_chunks":      {leftOut: "the parts of an export's file"},
	"event_counters":     {leftOut: "the last number given in each log"},
	"outbox":             {leftOut: "work that waits, and goes when it is done"},
	"idempotency_keys":   {leftOut: "answers kept for retries"},
	"whatif_partners":    {leftOut: "a calculation's result, which changes nothing"},
	"import_rejections":  {leftOut: "rows of a file that changed nothing"},
	"audit_entries":      {leftOut: "the log itself"},
	"audit_blocks":       {leftOut: "the log's own seals"},
}

// ErrNotAudited is returned for a write to a table that nobody has decided about.
var ErrNotAudited = fault.New(fault.Internal, "TABLE_NOT_AUDITED", "the table is in no list of the audit log")

// auditingOf gives how a table's changes are noted, and whether they are at all. Code TABLE_NOT_AUDITED.
func auditingOf(table string) (auditing, bool, error) {
	a, ok := audited[table]
	if !ok {
		return a, false, ErrNotAudited.Because(errTable(table))
	}
	if a.key == "" {
		a.key = "id"
	}
	return a, a.leftOut == "", nil
}

type errTable string

func (t errTable) Error() string { return "table " + string(t) }

func (a auditing) isQuiet(column string) bool { return slices.Contains(a.quiet, column) }

// AuditEntityID gives an id in the log as the outside knows it: as the global id of its noun where it has one.
func AuditEntityID(e AuditEntry) string {
	if e.EntityID.IsZero() {
		return ""
	}
	if prefix := audited[e.Entity].prefix; prefix != "" {
		return e.EntityID.Format(prefix)
	}
	return e.EntityID.String()
}
