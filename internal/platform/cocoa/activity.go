package cocoa

// NSActivityOptions as in NSProcessInfo.h of the SDK.
const (
	activityIdleSystemSleepDisabled = 1 << 20
	activityUserInitiated           = 0x00FFFFFF | activityIdleSystemSleepDisabled

	// ActivityAllowingSleep is NSActivityUserInitiatedAllowingIdleSystemSleep: no
	// App Nap, but the computer may sleep when it likes.
	ActivityAllowingSleep = activityUserInitiated &^ activityIdleSystemSleepDisabled
)
