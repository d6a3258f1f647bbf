package workers

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Collector reports the queues through asynq's inspector: how many tasks are in each state. Of payouts without a known
// outcome it reports how many there are, and how long ago the oldest was first attempted.
func (s *Server) Collector() prometheus.Collector {
	return &collector{server: s,
		tasks:  prometheus.NewDesc("tributary_queue_tasks", "Tasks per queue and state.", []string{"queue", "state"}, nil),
		open:   prometheus.NewDesc("tributary_payouts_undecided", "Payouts of which nobody knows whether they were paid, per state.", []string{"state"}, nil),
		oldest: prometheus.NewDesc("tributary_payouts_undecided_oldest_seconds", "Seconds since the first attempt of the oldest of them.", []string{"state"}, nil)}
}

type collector struct {
	server              *Server
	tasks, open, oldest *prometheus.Desc
}

// scrapeLimit is how long the database may take for what is asked at each scrape.
const scrapeLimit = 5 * time.Second

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	out <- c.tasks
	out <- c.open
	out <- c.oldest
}

// Collect implements prometheus.Collector; what cannot be read is left out.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	for queue := range c.server.queues() {
		info, err := c.server.inspector.GetQueueInfo(queue)
		if err != nil {
			continue
		}
		for state, n := range map[string]int{"pending": info.Pending, "active": info.Active, "scheduled": info.Scheduled, "retry": info.Retry, "archived": info.Archived} {
			out <- prometheus.MustNewConstMetric(c.tasks, prometheus.GaugeValue, float64(n), queue, state)
		}
	}
	c.collectUndecided(out)
}

func (c *collector) collectUndecided(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeLimit)
	defer cancel()
	rows, err := c.server.payouts.Undecided(ctx)
	if err != nil {
		c.server.log.Warn("payouts without an outcome cannot be counted", "error", err)
		return
	}
	for _, u := range rows {
		out <- prometheus.MustNewConstMetric(c.open, prometheus.GaugeValue, float64(u.Count), string(u.State))
		out <- prometheus.MustNewConstMetric(c.oldest, prometheus.GaugeValue, u.Oldest.Seconds(), string(u.State))
	}
}
