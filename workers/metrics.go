package workers

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Collector reports the queues through asynq's inspector: how many tasks are in each state.
func (s *Server) Collector() prometheus.Collector {
	return &collector{server: s, tasks: prometheus.NewDesc("tributary_queue_tasks", "Tasks per queue and state.", []string{"queue", "state"}, nil)}
}

type collector struct {
	server *Server
	tasks  *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) { out <- c.tasks }

// Collect implements prometheus.Collector; a queue that cannot be read is left out.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	for _, queue := range []string{queueDefault, queuePayouts, queueLong} {
		info, err := c.server.inspector.GetQueueInfo(queue)
		if err != nil {
			continue
		}
		for state, n := range map[string]int{"pending": info.Pending, "active": info.Active, "scheduled": info.Scheduled, "retry": info.Retry, "archived": info.Archived} {
			out <- prometheus.MustNewConstMetric(c.tasks, prometheus.GaugeValue, float64(n), queue, state)
		}
	}
}
