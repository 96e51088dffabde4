package battery

const (
	instance   = "supervisor/internal/instance"
	gateway    = "supervisor/internal/gateway"
	linkWire   = "supervisor/internal/wire"
	supervisor = "supervisor"
)

var link = []Case{
	{Number: 71, Name: "no handshake, half of one, ten megabytes, binary", Expect: "KR", Tests: tests(instance, "TestHandshake", "TestAssignFailures")},
	{Number: 72, Name: "handshake with odd versions and fields", Expect: "R", Tests: tests(instance, "TestHandshake")},
	{Number: 73, Name: "replies of gigabytes, odd status and details", Expect: "R", Tests: append(tests(instance, "TestHostileReplies", "TestHostileHTTP2", "TestHostileAnswers", "TestAssignFailures"), tests(linkWire, "TestResponseLimit")...)},
	{Number: 74, Name: "compressed bombs", Expect: "R", Tests: tests(instance, "TestHostileReplies", "TestHostileHTTP2")},
	{Number: 75, Name: "lengths that lie, floods of nothing, deep recursion, odd enums", Expect: "R",
		Tests: append(tests(linkWire, "TestIdleFlood", "TestEmptyFramesAreNoProgress", "FuzzDispatch"), append(tests("plugin-proto/codec", "TestPacketOfEmptyFrames", "TestPacketCut"), tests(instance, "TestHostileHTTP2", "TestOddMessages", "TestHostileAnswers")...)...)},
	{Number: 76, Name: "no answer, late answer, answer to another call", Expect: "KR", Tests: tests(instance, "TestWallLimit", "TestLateAnswer", "TestHostileAnswers", "TestHostileHTTP2", "TestHostileReplies")},
	{Number: 77, Name: "slow bodies, closed windows", Expect: "LR", Tests: append(tests(linkWire, "TestWindowOfAResponse", "TestWindowOfARequest", "TestSmallChunksAreJoined"), append(tests(instance, "TestDeaf", "TestShutWindow", "TestHostileHTTP2", "TestHostileReplies", "TestWallLimitSparesTheLively"), tests(gateway, "TestSlowClient", "TestClientThatNeverReads")...)...)},
	{Number: 78, Name: "floods of HTTP/2 control frames", Expect: "KR", Tests: tests(instance, "TestPingFlood", "TestPingFloodDuringACall", "TestControlFrames", "TestHostileHTTP2")},
	{Number: 79, Name: "storms of stream resets", Expect: "LR", Tests: append(tests(instance, "TestControlFrames", "TestHostileHTTP2"), tests(linkWire, "TestIncomingFloods", "TestGivenUpCallsLeaveTheQueue")...)},
	{Number: 80, Name: "calls that were not granted, names and ids of others", Expect: "R", Tests: append(tests(supervisor, "TestGrantsOfALoadedWorker", "TestHostileCallsOfAProject", "TestHostCallErrors", "TestProjectsDoNotShareObjects"), tests(linkWire, "TestIncomingViolations", "TestIncomingRefusals")...)},
	{Number: 81, Name: "go-plugin's broker, stdio and reflection", Expect: "LR", Tests: tests(instance, "TestOnlyTheContractIsUsed", "TestOnlyTheContractIsUsedControl", "TestHandshake")},
	{Number: 82, Name: "says it shuts down and stays", Expect: "K", Tests: tests(instance, "TestStopHangs", "TestStopIsOnlySaid")},
	{Number: 83, Name: "forged log lines, terminal escapes", Expect: "R", Tests: append(tests(instance, "TestLogs"), tests(supervisor, "TestForgedRecords")...)},
	{Number: 84, Name: "smuggling into the outer HTTP answer", Expect: "R", App: []AppAttempt{
		{Name: "a line break in a field", Script: "return new Response(\"\", {headers: {a: \"b\\r\\nc: d\"}}).status", Wall: "Invalid header value"},
		{Name: "status 99", Script: "return new Response(\"\", {status: 99}).status", Wall: "status codes"},
	}, Tests: append(tests(instance, "TestHostileAnswers"), append(tests(gateway, "TestSmuggling", "TestBreaksOffDuringUpload", "TestAnswers", "TestBodies"), tests(linkWire, "TestParseHeaders", "FuzzHeaders")...)...)},
	{Number: 85, Name: "privileged and hop-by-hop response headers", Expect: "R", Tests: tests(gateway, "TestPrivilegedFields", "TestResponseFields")},
	{Number: 86, Name: "ten thousand headers, megabytes in one", Expect: "R", Tests: append(tests(instance, "TestApplicationErrors"), tests(gateway, "TestManyFields", "TestAnswers")...)},
	{Number: 87, Name: "spoofed requests: forwarded headers, targets, hosts", Expect: "R", Tests: tests(gateway, "TestRequests", "TestTrustedProxy", "TestValidHost")},
	{Number: 88, Name: "upgrades that nobody asked for, frames of WebSockets", Expect: "R", Tests: append(tests(instance, "TestHostileAnswers"), append(tests(linkWire, "TestHostileSocket"), tests(supervisor, "TestHostileSocketRunner", "TestHostileSocketClient")...)...)},
	{Number: 89, Name: "bombs of RPC values", Expect: "R", Tests: append(tests("plugin-proto/value", "TestUnmarshalRefuses", "TestSharedValues", "TestMalformedVectors", "FuzzUnmarshal"),
		tests(supervisor, "TestHostileReferences", "TestExporterEnds", "TestFatStubsAreBounded")...)},
	{Number: 90, Name: "supervisor and facet waiting for each other", Expect: "LR", Tests: tests(supervisor, "TestReentrancy", "TestWaitingForEachOther", "TestHostCallTime", "TestFunctionsBetweenInstances", "TestFunctionsThatNeverReturn")},
	{Number: 91, Name: "numbers of calls twice or out of order", Expect: "R", Tests: append(tests(instance, "TestLateAnswer", "TestHostileAnswers", "TestFrameAfterEnd"), tests(linkWire, "TestCanceledSet", "TestExpire", "TestReferencesThatNobodyGets")...)},
	{Number: 92, Name: "start options that throw, hang or are of the wrong type", Expect: "R", Tests: tests(supervisor, "TestCallbackFailsAndIsAskedAgain", "TestHostCallErrors", "TestCodeIsChecked")},
}
