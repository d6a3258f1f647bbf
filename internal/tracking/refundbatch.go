package tracking

import (
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm/clause"

	"tributary/models"
)

type refundedSum struct{ minor, sourceMinor int64 }

// lockRefunds sums the refunds of conversions whose first revisions it locks, in the order of their ids.
func lockRefunds(tx *models.Tx, rootIDs []models.ID) (map[models.ID]refundedSum, error) {
	if len(rootIDs) == 0 {
		return nil, nil
	}
	var roots []models.Conversion
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Select("id").Where("id IN ?", rootIDs).Order("id").Find(&roots).Error
	if err != nil {
		return nil, fmt.Errorf("lock conversions: %w", err)
	}
	return refundSums(tx, rootIDs)
}

func refundSums(tx *models.Tx, rootIDs []models.ID) (map[models.ID]refundedSum, error) {
	var rows []struct {
		ConversionID       models.ID
		Minor, SourceMinor int64
	}
	err := tx.Model(&models.Refund{}).Where("conversion_id IN ?", rootIDs).Group("conversion_id").
		Select("conversion_id, SUM(amount_minor) AS minor, SUM(source_amount_minor) AS source_minor").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("sum refunds: %w", err)
	}
	sums := make(map[models.ID]refundedSum, len(rows))
	for _, r := range rows {
		sums[r.ConversionID] = refundedSum{r.Minor, r.SourceMinor}
	}
	return sums, nil
}

// refundEvidence is what the database knows about the conversions and the refunds of a batch.
type refundEvidence struct {
	latest map[naturalKey]models.Conversion // by the conversion's key, its latest revision
	kept   map[refundKey]models.Refund
	sums   map[models.ID]refundedSum        // by first revision
	items  map[models.ID]skuSums            // likewise, where the batch names items
	won    map[models.ID]models.Attribution // by first revision
}

// gatherRefunds reads all a batch asks for. It locks the conversions, in the order of their keys, so that refunds of one
// conversion take turns, and only then looks at what was refunded.
func gatherRefunds(tx *models.Tx, p models.Program, batch []claim) (refundEvidence, error) {
	var known refundEvidence
	var err error
	if known.latest, err = lockLatest(tx, p.ID, batch); err != nil {
		return known, err
	}
	if known.kept, err = keptRefunds(tx, p.ID, batch); err != nil {
		return known, err
	}
	rootIDs := make([]models.ID, 0, len(known.latest))
	for _, c := range known.latest {
		rootIDs = append(rootIDs, c.RootID)
	}
	if len(rootIDs) == 0 {
		return known, nil
	}
	if known.sums, err = refundSums(tx, rootIDs); err != nil {
		return known, err
	}
	if known.items, err = refundedItems(tx, batch, rootIDs); err != nil {
		return known, err
	}
	known.won, err = attributionsOf(tx, rootIDs)
	return known, err
}

// earns tells whether there is anything to adjust of a conversion.
func (known refundEvidence) earns(rootID models.ID) bool {
	won := known.won[rootID]
	return won.EnrollmentID != nil && won.HoldReason == ""
}

// lockLatest gives the latest revisions of the conversions that a batch names, and locks all their revisions.
func lockLatest(tx *models.Tx, programID models.ID, batch []claim) (map[naturalKey]models.Conversion, error) {
	bySource, latest := map[string][]string{}, map[naturalKey]models.Conversion{}
	for _, c := range batch {
		bySource[c.Source] = append(bySource[c.Source], c.ConversionExternalID)
	}
	for _, source := range slices.Sorted(maps.Keys(bySource)) {
		var rows []models.Conversion
		err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("program_id = ? AND source = ? AND external_id IN ?", programID, source, bySource[source]).
			Order("external_id, kind, revision").Find(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("lock conversions: %w", err)
		}
		for _, r := range rows {
			latest[keyOf(r)] = r // the last one stays
		}
	}
	return latest, nil
}

// keptRefunds gives the refunds that are recorded under the ids of a batch, of every kind.
func keptRefunds(tx *models.Tx, programID models.ID, batch []claim) (map[refundKey]models.Refund, error) {
	bySource, kept := map[string][]string{}, map[refundKey]models.Refund{}
	for _, c := range batch {
		bySource[c.Source] = append(bySource[c.Source], c.ExternalID)
	}
	for _, source := range slices.Sorted(maps.Keys(bySource)) {
		var rows []models.Refund
		err := tx.Where("program_id = ? AND source = ? AND external_id IN ?", programID, source, bySource[source]).Find(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("read refunds: %w", err)
		}
		for _, r := range rows {
			kept[refundKey{r.Source, r.ExternalID, r.Kind}] = r
		}
	}
	return kept, nil
}
