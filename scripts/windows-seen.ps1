# Looks whether Windows was told of a message; for TestMachine:
#
#   powershell -File scripts\windows-seen.ps1 SUBJECT
#
# It reads the notification centre back, and keeps a picture of the screen in
# out\. Only Windows PowerShell 5.1 knows the Windows Runtime this way.
param([Parameter(Mandatory)][string]$Subject)
$ErrorActionPreference = 'Stop'
$id = 'io.github.traymail.traymail'
$out = New-Item -ItemType Directory -Force (Join-Path $PSScriptRoot '..\out')

Add-Type -AssemblyName System.Windows.Forms, System.Drawing
$screen = [System.Windows.Forms.SystemInformation]::VirtualScreen
$picture = New-Object System.Drawing.Bitmap $screen.Width, $screen.Height
try {
    $canvas = [System.Drawing.Graphics]::FromImage($picture)
    $canvas.CopyFromScreen($screen.Location, [System.Drawing.Point]::Empty, $screen.Size)
    $picture.Save((Join-Path $out.FullName 'notification.png'))
} catch {
    Write-Output "no picture: $_" # a runner may have no screen
}

[void][Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
[void][Windows.Data.Xml.Dom.XmlDocument, Windows.Data.Xml.Dom, ContentType = WindowsRuntime]
$setting = [Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier($id).Setting
Write-Output "setting: $setting"
$found = $false
foreach ($toast in [Windows.UI.Notifications.ToastNotificationManager]::History.GetHistory($id)) {
    $xml = $toast.Content.GetXml()
    Write-Output "$($toast.Group) $($toast.Tag) $xml"
    $found = $found -or $xml.Contains($Subject)
}
if (-not $found) { exit 1 }
