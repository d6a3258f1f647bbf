package models

import "gorm.io/gorm"

// lostPlugin keeps a function of InTx from going on in a transaction that the database has ended. After a deadlock MySQL has
// rolled back all of it and would keep each further statement by itself, at once and without its entry in the audit log.
type lostPlugin struct{}

// Name names the plugin for GORM.
func (lostPlugin) Name() string { return "lost" }

// Initialize puts the plugin around every statement.
func (lostPlugin) Initialize(db *gorm.DB) error {
	on := db.Callback()
	for _, err := range []error{
		on.Query().Before("*").Register("lost:refuse", refuseLost), on.Query().After("*").Register("lost:notice", noticeLost),
		on.Row().Before("*").Register("lost:refuse", refuseLost), on.Row().After("*").Register("lost:notice", noticeLost),
		on.Raw().Before("*").Register("lost:refuse", refuseLost), on.Raw().After("*").Register("lost:notice", noticeLost),
		on.Create().Before("*").Register("lost:refuse", refuseLost), on.Create().After("*").Register("lost:notice", noticeLost),
		on.Update().Before("*").Register("lost:refuse", refuseLost), on.Update().After("*").Register("lost:notice", noticeLost),
		on.Delete().Before("*").Register("lost:refuse", refuseLost), on.Delete().After("*").Register("lost:notice", noticeLost),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func refuseLost(db *gorm.DB) {
	if r := recorderOf(db.Statement.Context); r != nil && r.lost != nil {
		_ = db.AddError(r.lost)
	}
}

func noticeLost(db *gorm.DB) { recorderOf(db.Statement.Context).lose(db.Error) }

// lose keeps the first error after which the transaction must be run again.
func (r *recorder) lose(err error) {
	if r != nil && r.lost == nil && err != nil && isRetryable(err) {
		r.lost = err
	}
}
