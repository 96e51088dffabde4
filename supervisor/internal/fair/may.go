package fair

// of is how many places one may have for each that is free.
const of = 3

// May reports whether somebody who holds some places may have another, where so many
// are free: alone three quarters of all, and three quarters of what others have left.
// So whoever comes next finds one, until several have taken all they can get; nobody
// has to give one back for that.
func May(held, free int) bool { return free > 0 && held < of*free }
