package engine

import (
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"tributary/internal/fault"
	"tributary/internal/money"
)

// maxConditionCost bounds what one condition may cost on the largest conversion there can be, in CEL's cost units.
const (
	maxConditionCost  = 1_000_000
	maxConditionBytes = 2000
)

// fact is one variable of a condition: its type, the longest it can be, what the plan then needs, and how it is read.
type fact struct {
	name  string
	kind  *cel.Type
	size  uint64
	needs Needs
	item  bool // only in a rule with scope item
	read  func(a *activation) ref.Val
}

var (
	textMap = cel.MapType(cel.StringType, cel.StringType)
	anyMap  = cel.MapType(cel.StringType, cel.DynType)
)

// The largest a conversion can be, as the API allows.
const (
	largestItems    = 1000
	largestMetadata = 50
	largestTags     = 20
	largestText     = 500
)

// facts is the environment of a condition; docs/plan-file.md describes it.
var facts = []fact{
	{name: "order.kind", kind: cel.StringType, size: 40, read: func(a *activation) ref.Val { return types.String(a.c.Sale.Kind) }},
	{name: "order.gross", kind: cel.IntType, read: func(a *activation) ref.Val { return types.Int(a.c.Sale.Gross) }},
	{name: "order.net", kind: cel.IntType, read: func(a *activation) ref.Val { return types.Int(a.net) }},
	{name: "order.tax", kind: cel.IntType, read: func(a *activation) ref.Val { return types.Int(a.c.Sale.Tax) }},
	{name: "order.shipping", kind: cel.IntType, read: func(a *activation) ref.Val { return types.Int(a.c.Sale.Shipping) }},
	{name: "order.discount", kind: cel.IntType, read: func(a *activation) ref.Val { return types.Int(a.c.Sale.Discount) }},
	{name: "order.at", kind: cel.TimestampType, read: func(a *activation) ref.Val { return types.Timestamp{Time: a.c.Sale.OccurredAt} }},
	{name: "order.country", kind: cel.StringType, size: 2, needs: Needs{Order: true}, read: func(a *activation) ref.Val { return types.String(a.c.Sale.Country) }},
	{name: "order.coupon", kind: cel.StringType, size: largestText, needs: Needs{Order: true}, read: func(a *activation) ref.Val { return types.String(a.c.Sale.Coupon) }},
	{name: "order.metadata", kind: textMap, size: largestMetadata, needs: Needs{Order: true}, read: func(a *activation) ref.Val { return a.textMap(a.c.Sale.Metadata) }},
	{name: "order.items", kind: cel.ListType(anyMap), size: largestItems, needs: Needs{Order: true}, read: (*activation).items},
	{name: "item.sku", kind: cel.StringType, size: largestText, item: true, needs: Needs{Order: true}, read: func(a *activation) ref.Val { return types.String(a.item.SKU) }},
	{name: "item.category", kind: cel.StringType, size: largestText, item: true, needs: Needs{Order: true}, read: func(a *activation) ref.Val { return types.String(a.item.Category) }},
	{name: "item.name", kind: cel.StringType, size: largestText, item: true, needs: Needs{Order: true}, read: func(a *activation) ref.Val { return types.String(a.item.Name) }},
	{name: "item.quantity", kind: cel.IntType, item: true, needs: Needs{Order: true}, read: func(a *activation) ref.Val { return types.Int(a.item.Quantity) }},
	{name: "item.amount", kind: cel.IntType, item: true, needs: Needs{Order: true}, read: func(a *activation) ref.Val { return types.Int(a.item.Minor) }},
	{name: "customer.known", kind: cel.BoolType, needs: Needs{Customer: true}, read: func(a *activation) ref.Val { return types.Bool(a.c.Customer.Known) }},
	{name: "customer.is_new", kind: cel.BoolType, needs: Needs{Customer: true}, read: func(a *activation) ref.Val { return types.Bool(a.c.Customer.Before == 0) }},
	{name: "customer.order_number", kind: cel.IntType, needs: Needs{Customer: true}, read: func(a *activation) ref.Val { return types.Int(a.c.Customer.Before + 1) }},
	{name: "customer.months_since_first", kind: cel.IntType, needs: Needs{Customer: true}, read: func(a *activation) ref.Val { return types.Int(a.c.monthsSinceFirst()) }},
	{name: "partner.code", kind: cel.StringType, size: 40, needs: Needs{Partner: true}, read: func(a *activation) ref.Val { return types.String(a.c.Chain[0].Code) }},
	{name: "partner.group", kind: cel.StringType, size: 40, needs: Needs{Partner: true}, read: func(a *activation) ref.Val { return types.String(a.c.Chain[0].Group) }},
	{name: "partner.country", kind: cel.StringType, size: 2, needs: Needs{Partner: true}, read: func(a *activation) ref.Val { return types.String(a.c.Chain[0].Country) }},
	{name: "partner.tags", kind: cel.ListType(cel.StringType), size: largestTags, needs: Needs{Partner: true}, read: func(a *activation) ref.Val { return types.DefaultTypeAdapter.NativeToValue(a.c.Chain[0].Tags) }},
	{name: "partner.lifetime_volume", kind: cel.IntType, needs: Needs{Lifetime: true}, read: func(a *activation) ref.Val { return types.Int(a.c.Chain[0].LifetimeMinor) }},
	{name: "touch.method", kind: cel.StringType, size: 16, needs: Needs{Touch: true}, read: func(a *activation) ref.Val { return types.String(a.c.Touch.Method) }},
	{name: "touch.link", kind: cel.StringType, size: 40, needs: Needs{Touch: true}, read: func(a *activation) ref.Val { return types.String(a.c.Touch.Link) }},
	{name: "touch.subs", kind: textMap, size: 5, needs: Needs{Touch: true}, read: func(a *activation) ref.Val { return a.textMap(a.c.Touch.Subs) }},
}

var factByName = func() map[string]*fact {
	byName := make(map[string]*fact, len(facts))
	for i := range facts {
		byName[facts[i].name] = &facts[i]
	}
	return byName
}()

// environment compiles the conditions of one plan.
type environment struct {
	order, item *cel.Env
	currency    money.Currency
}

func newEnvironment(currency money.Currency) (*environment, error) {
	amount := cel.Function("money", cel.Overload("money_string", []*cel.Type{cel.StringType}, cel.IntType, cel.UnaryBinding(func(text ref.Val) ref.Val {
		minor, err := parseMinor(string(text.(types.String)), currency)
		if err != nil {
			return types.WrapErr(err)
		}
		return types.Int(minor)
	})))
	of := func(inItem bool) (*cel.Env, error) {
		options := []cel.EnvOption{amount}
		for _, f := range facts {
			if !f.item || inItem {
				options = append(options, cel.Variable(f.name, f.kind))
			}
		}
		return cel.NewEnv(options...)
	}
	order, err := of(false)
	if err != nil {
		return nil, fault.New(fault.Internal, "CONDITION_ENVIRONMENT", "the environment of conditions does not build").Because(err)
	}
	item, err := of(true)
	return &environment{order, item, currency}, err
}

// sizes tells the cost estimate how long what a condition reads can be.
type sizes struct{}

func (sizes) EstimateSize(element checker.AstNode) *checker.SizeEstimate {
	path := element.Path()
	if len(path) == 0 {
		return nil
	}
	if f := factByName[path[0]]; f != nil && len(path) == 1 {
		return &checker.SizeEstimate{Max: f.size}
	}
	return &checker.SizeEstimate{Max: largestText} // a value inside a map or a list
}

func (sizes) EstimateCallCost(function, _ string, _ *checker.AstNode, _ []checker.AstNode) *checker.CallEstimate {
	if function == "money" {
		return &checker.CallEstimate{CostEstimate: checker.CostEstimate{Min: 1, Max: 10}}
	}
	return nil
}

// monthsSinceFirst counts the whole months since the customer's first conversion.
func (c *Case) monthsSinceFirst() int {
	from, to := c.Customer.FirstAt.UTC(), c.Sale.OccurredAt.UTC()
	if from.IsZero() || !from.Before(to) {
		return 0
	}
	months := (to.Year()-from.Year())*12 + int(to.Month()-from.Month())
	if from.AddDate(0, months, 0).After(to) {
		months--
	}
	return max(months, 0)
}
