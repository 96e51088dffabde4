// Package alarm knows when objects want to be woken, keeps it across crashes, and
// wakes them.
//
// The truth about an object's alarm is in the object's own database, where it is
// part of the object's transactions. What is kept here is an index, and the rule
// that makes it safe is: whatever the database holds, the index has an entry that
// is due no later, durably. Two things keep the rule without a step between an
// object's commit and its answer:
//
//   - Before a process that may set the alarm is started, the entry is marked, on
//     disk (Begin). Marked entries are due at once when the clock is opened after a
//     crash, and soon when the process ended without saying what its database
//     holds.
//   - Being woken is asking: the object looks into its database, runs its handler if
//     the alarm is due, and says what comes next. An entry that is due too early
//     costs a call and loses nothing.
//
// A process says with each commit what its alarm is by then; a clean end says it for
// the last time and takes the mark away.
//
// What a process says is not believed beyond its own object: it can make itself be
// called at most at a limited rate, one call at a time. Calls of all objects are
// limited in number and pace, so that catching up after a long downtime leaves room
// for traffic.
package alarm
