// Package deploy holds what Weir is installed and tried with. There is no code in it:
// its tests read the files, strictly, and see that they fit together.
package deploy
