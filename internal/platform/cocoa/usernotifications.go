package cocoa

// Authorization is a UNAuthorizationStatus: whether the user has answered if
// an application may notify, and how.
type Authorization int

// Answers as in UNNotificationSettings.h of the SDK.
const (
	NotDetermined Authorization = 0 // nobody has been asked, or the system would not ask
	Denied        Authorization = 1
	Authorized    Authorization = 2
	Provisional   Authorization = 3

	// Unknown is ours: the system did not say.
	Unknown Authorization = -1
)
