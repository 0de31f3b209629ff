package health

import "container/heap"

// queue holds watches by at, the earliest first. A watch is in one queue at most.
type queue []*watch

func (q *queue) push(w *watch)   { heap.Push(q, w) }
func (q *queue) pop() *watch     { return heap.Pop(q).(*watch) }
func (q *queue) remove(w *watch) { heap.Remove(q, w.index) }

// init makes a queue of watches that were appended in any order.
func (q *queue) init() {
	for i, w := range *q {
		w.index = i
	}
	heap.Init(q)
}

// Len, Less, Swap, Push and Pop are for container/heap.

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *queue) Push(x any) {
	w := x.(*watch)
	w.index = len(*q)
	*q = append(*q, w)
}

func (q *queue) Pop() any {
	last := len(*q) - 1
	w := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return w
}
