package tracking

// Limit makes looks at the feed go back over no more than n conversions.
func (f *Feed) Limit(n int) { f.most = n }
