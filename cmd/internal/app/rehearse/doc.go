// Package rehearse simulates a rollout many times for whoever plans one: by the
// plan of a file or by steps given beside the other defaults of a file, with the
// rules that the process would judge by. It says what came of it in numbers.
//
// It must not know how the numbers are shown, nor anything of a running process.
package rehearse
