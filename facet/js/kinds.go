package js

// Kinds of messages to JavaScript; facet/workers/src/messages.ts says what each
// carries.
const (
	InLoad     = 1
	InFetch    = 2 // S3 is Latin-1 bytes
	InChunk    = 3
	InCredit   = 4
	InRpc      = 5
	InCancel   = 6
	InTimer    = 7  // the engine's own
	InSynced   = 8  // the engine's own
	InCPULimit = 9  // the engine's own
	InRejected = 10 // the engine's own

	// Answers to the calls that JavaScript opens, whose ids are even.
	InHostResponse = 11 // S3 is Latin-1 bytes
	InHostResult   = 12
	InHostError    = 13
	InCallback     = 14
	InRelease      = 15 // of exports

	InWsMessage  = 19
	InWsClose    = 20
	InWsAnswered = 21
	// InAlarm runs the object's alarm() handler: S1 is JSON.
	InAlarm = 23
)

// Kinds of messages from JavaScript.
const (
	OutLoaded    = 1
	OutResponse  = 2 // S2 is Latin-1 bytes
	OutChunk     = 3
	OutRpcResult = 4
	OutError     = 5
	OutCredit    = 6
	OutBroken    = 7
	// OutLog is a console line: A holds the level in its low 16 bits, and above
	// them the number of lines that were dropped before this one.
	OutLog = 8

	OutHostFetch  = 9 // S3 is Latin-1 bytes
	OutHostRpc    = 10
	OutHostCancel = 11
	OutRelease    = 12 // of handles

	OutWsMessage = 16
	OutWsClose   = 17
	OutWsState   = 18
	OutWsAuto    = 19
	// OutAlarm says what the object's alarm is since the latest commit: A, in
	// milliseconds since the epoch, -1 for none.
	OutAlarm = 20
	OutTrace = 21
	// OutPart is a piece of what comes ahead of a callback's answer: Body.
	OutPart = 24
	// OutCompute asks for a computation, by a call of JavaScript's
	// that ends in the runner: S1 is JSON, Body its parts.
	OutCompute = 25
)
