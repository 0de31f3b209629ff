package admin

import (
	"reflect"
	"testing"

	"weir/proxy/admin/api"
)

// operations are the methods of the client by the operations of openapi.yaml.
var operations = map[string]string{
	"listUpstreams": "Upstreams", "getUpstream": "Upstream", "setSplit": "SetSplit", "setEndpoint": "SetEndpoint", "setReadOnly": "SetReadOnly",
	"getHistory": "HistoryPage", "getSeries": "Series", "undo": "Undo",
	"getRollout": "Rollout", "startRollout": "StartRollout", "getPlan": "Plan", "listGates": "Gates", "answerGate": "Approve",
	"promoteRollout": "Command", "pauseRollout": "Command", "resumeRollout": "Command", "abortRollout": "Command",
	"listGroups": "Groups", "getGroup": "Group", "getGroupRollout": "GroupRollout", "startGroupRollout": "StartGroupRollout", "undoGroup": "UndoGroup",
	"promoteGroupRollout": "CommandGroup", "pauseGroupRollout": "CommandGroup", "resumeGroupRollout": "CommandGroup", "abortGroupRollout": "CommandGroup",
	"listFlags": "Flags", "getFlag": "Flag", "setFlag": "SetFlag", "undoFlag": "UndoFlag", "getFlagHistory": "FlagHistoryPage", "evaluateFlag": "EvaluateFlag",
	"getFlagRollout": "FlagRollout", "getFlagPlan": "FlagPlan", "listFlagGates": "FlagGates", "answerFlagGate": "ApproveFlag", "startFlagRollout": "StartFlagRollout",
	"promoteFlagRollout": "CommandFlag", "pauseFlagRollout": "CommandFlag", "resumeFlagRollout": "CommandFlag", "abortFlagRollout": "CommandFlag",
	"streamEvents": "Follow", "reload": "Reload", "getConfig": "Config", "getStatus": "Status", "getAudit": "Audit",
	"getHealth": "Healthy", "getReadiness": "Ready", "getMetrics": "Metrics", "getProfile": "Profile", "getOpenAPI": "OpenAPI",
}

// browsers are operations that need no method, because only a browser, or a client of
// OpenFeature, has a use for what they answer.
var browsers = map[string]bool{
	"evaluateByOFREP": true, "evaluateOneByOFREP": true, "followFlags": true,
	"getDashboard": true, "getDashboardFile": true, "listProfiles": true, "getApproval": true, "postApproval": true,
}

// TestClientHasEveryOperation: a route has a method of the client, and each of those that
// are named is there.
func TestClientHasEveryOperation(t *testing.T) {
	client := reflect.TypeFor[*api.Client]()
	described := map[string]bool{}
	for path, item := range description(t)["paths"].(tree) {
		for method, op := range item.(tree) {
			if method == "parameters" {
				continue
			}
			id, _ := op.(tree)["operationId"].(string)
			if id == "" || described[id] {
				t.Errorf("%s %s: operationId %q: want one of its own", method, path, id)
			}
			described[id] = true
			if browsers[id] {
				continue
			}
			if _, ok := client.MethodByName(operations[id]); !ok {
				t.Errorf("operation %s (%s %s) has no method of api.Client: want one, and its name in operations", id, method, path)
			}
		}
	}
	for id := range operations {
		if !described[id] {
			t.Errorf("operation %s is not in openapi.yaml", id)
		}
	}
}
