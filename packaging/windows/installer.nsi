; The installer for one user: no administrator, nothing outside the user's own
; folders and HKEY_CURRENT_USER. scripts/package.sh defines VERSION, FOLDER
; (what to install), OUT, SIZE (in KiB) and, when it signs, SIGN.
;
;   traymail-setup.exe /S              installs, or upgrades what is there
;   traymail-setup.exe /S /PATH        has terminals find it as well
;   uninstall.exe /S                   removes the program and keeps the settings
;   uninstall.exe /S /SETTINGS         removes the settings and passwords as well
;
; Exit codes: 0 done, 1 cancelled, 2 the running traymail does not end.

Target amd64-unicode
ManifestDPIAware true
ManifestSupportedOS Win10
RequestExecutionLevel user
SetCompressor /SOLID lzma
; Not when the files were made, but when they were installed: two builds are
; the same.
SetDateSave off

!include MUI2.nsh
!include LogicLib.nsh
!include FileFunc.nsh
!include WordFunc.nsh
!include Win\COM.nsh
!include Win\Propkey.nsh

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\traymail"
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"
!define APPROVED "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
!define APPPATH "Software\Microsoft\Windows\CurrentVersion\App Paths\traymail.exe"
; As internal/platform registers them.
!define APPID "io.github.traymail.traymail"
!define ACTIVATOR "{685D6E6F-437E-48B5-9F05-2C3A1B4F4822}"
!define MUI_ICON "assets\icon.ico"
!define MUI_UNICON "assets\icon.ico"

Name traymail
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\traymail"
InstallDirRegKey HKCU "${UNINSTALL}" InstallLocation
BrandingText "traymail ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName traymail
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey FileDescription "traymail setup"
VIAddVersionKey CompanyName "The traymail authors"
VIAddVersionKey LegalCopyright "MIT License"
!ifdef SIGN
  !uninstfinalize '"${SIGN}" sign "%1"'
!endif

!define MUI_FINISHPAGE_RUN "$INSTDIR\traymail.exe"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE English
!insertmacro MUI_LANGUAGE SimpChinese

LangString StillRuns ${LANG_ENGLISH} "traymail is running and does not end. Quit it from its tray icon, then try again."
LangString StillRuns ${LANG_SIMPCHINESE} "traymail 正在运行，无法自动退出。请从托盘图标退出它，然后重试。"
LangString Program ${LANG_ENGLISH} "traymail"
LangString Program ${LANG_SIMPCHINESE} "traymail"
LangString Settings ${LANG_ENGLISH} "Accounts, passwords and settings"
LangString Settings ${LANG_SIMPCHINESE} "账户、密码和设置"
LangString SettingsText ${LANG_ENGLISH} "Also removes your accounts with their passwords, and what traymail remembers of your mail. Mail on the servers is not touched."
LangString SettingsText ${LANG_SIMPCHINESE} "同时删除您的账户、密码以及 traymail 对邮件的记录。服务器上的邮件不受影响。"
LangString ProgramText ${LANG_ENGLISH} "Removes the program and its entries in the start menu and at logon."
LangString ProgramText ${LANG_SIMPCHINESE} "删除程序、开始菜单快捷方式和开机自启项。"
LangString InstallText ${LANG_ENGLISH} "The program, with an entry in the start menu."
LangString InstallText ${LANG_SIMPCHINESE} "程序本身，以及开始菜单快捷方式。"
LangString Path ${LANG_ENGLISH} "Command in terminals"
LangString Path ${LANG_SIMPCHINESE} "终端命令"
LangString PathText ${LANG_ENGLISH} "Adds the folder to your PATH, so that a terminal finds the command traymail."
LangString PathText ${LANG_SIMPCHINESE} "将程序所在文件夹加入您的 PATH，以便在终端中直接使用 traymail 命令。"
LangString PathLong ${LANG_ENGLISH} "Your PATH is too long to be changed here and was left as it is."
LangString PathLong ${LANG_SIMPCHINESE} "您的 PATH 过长，无法在此修改，已保持原样。"

Var Running

; A traymail that runs is asked to end. It is gone when its program can be
; written; the windows go with it. $Running is "0" if it ran before.
!macro DefineStop prefix
Function ${prefix}Stop
  StrCpy $Running 1
  ${IfNot} ${FileExists} "$INSTDIR\traymail.exe"
    Return
  ${EndIf}
  ExecWait '"$INSTDIR\traymail.exe" status' $Running
again:
  ExecWait '"$INSTDIR\traymail.exe" quit' $0
  StrCpy $1 0
  ${Do}
    ClearErrors
    FileOpen $2 "$INSTDIR\traymail.exe" a
    ${IfNot} ${Errors}
      FileClose $2
      FileOpen $2 "$INSTDIR\traymail.com" a ; ends right after what it waits for
      ${IfNot} ${Errors}
        FileClose $2
        Return
      ${EndIf}
    ${EndIf}
    Sleep 200
    IntOp $1 $1 + 1
  ${LoopUntil} $1 >= 50
  ${IfNot} ${Silent}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(StillRuns)" IDRETRY again
  ${EndIf}
  SetErrorLevel 2
  Quit
FunctionEnd
!macroend
!insertmacro DefineStop ""
!insertmacro DefineStop "un."

; ReadPath reads the user's PATH into $0, which is empty where there is none.
; $1 is 0, or 1 if it must not be written back: NSIS holds ${NSIS_MAX_STRLEN}
; characters, and a PATH that was cut would be lost.
!macro DefineReadPath prefix
Function ${prefix}ReadPath
  StrCpy $1 0
  ClearErrors
  ReadRegStr $0 HKCU Environment Path
  ${If} ${Errors}
    StrCpy $2 0
    ${Do}
      ClearErrors
      EnumRegValue $3 HKCU Environment $2
      ${If} ${Errors}
      ${OrIf} $3 == ""
        Return ; there is none
      ${EndIf}
      IntOp $2 $2 + 1
    ${LoopUntil} $3 == Path
    StrCpy $1 1
    Return
  ${EndIf}
  StrLen $2 "$0;$INSTDIR"
  IntOp $3 ${NSIS_MAX_STRLEN} - 2
  ${If} $2 >= $3
    StrCpy $1 1
  ${EndIf}
FunctionEnd

; WritePath makes $0 the user's PATH, and says so to what runs.
Function ${prefix}WritePath
  WriteRegExpandStr HKCU Environment Path "$0"
  SendMessage ${HWND_BROADCAST} ${WM_SETTINGCHANGE} 0 STR:Environment /TIMEOUT=5000
FunctionEnd
!macroend
!insertmacro DefineReadPath ""
!insertmacro DefineReadPath "un."

; The start menu's entry is that of the program whose notifications and windows
; have the same name. Without it all works, and the taskbar may show two.
Function NameShortcut
  !insertmacro ComHlpr_CreateInProcInstance ${CLSID_ShellLink} ${IID_IShellLink} r0 ""
  ${If} $0 P= 0
    Return
  ${EndIf}
  ${IUnknown::QueryInterface} $0 '("${IID_IPersistFile}",.r1)'
  ${If} $1 P<> 0
    ${IPersistFile::Load} $1 '("$SMPROGRAMS\traymail.lnk",${STGM_READWRITE})'
    ${IUnknown::QueryInterface} $0 '("${IID_IPropertyStore}",.r2)'
    ${If} $2 P<> 0
      System::Call '*${SYSSTRUCT_PROPERTYKEY}(${PKEY_AppUserModel_ID})p.r3'
      System::Call '*(&t512 "${APPID}")p.r4'
      System::Call '*${SYSSTRUCT_PROPVARIANT}(31,,p r4)p.r5' ; VT_LPWSTR
      ${IPropertyStore::SetValue} $2 '($3,$5)'
      ${IPropertyStore::Commit} $2 ""
      System::Free $3
      System::Free $4
      System::Free $5
      ${IUnknown::Release} $2 ""
      ${IPersistFile::Save} $1 '("$SMPROGRAMS\traymail.lnk",1)'
    ${EndIf}
    ${IUnknown::Release} $1 ""
  ${EndIf}
  ${IUnknown::Release} $0 ""
FunctionEnd

Section $(Program) SecInstall
  SectionIn RO
  Call Stop
  SetOutPath "$INSTDIR"
  File "${FOLDER}\*.*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\traymail.lnk" "$INSTDIR\traymail.exe"
  Call NameShortcut
  ; Where Win+R and "start" look.
  WriteRegStr HKCU "${APPPATH}" "" "$INSTDIR\traymail.exe"
  WriteRegStr HKCU "${UNINSTALL}" DisplayName traymail
  WriteRegStr HKCU "${UNINSTALL}" DisplayVersion "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" DisplayIcon "$INSTDIR\traymail.exe"
  WriteRegStr HKCU "${UNINSTALL}" Publisher "The traymail authors"
  WriteRegStr HKCU "${UNINSTALL}" URLInfoAbout "https://github.com/traymail/traymail"
  WriteRegStr HKCU "${UNINSTALL}" InstallLocation "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" UninstallString '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" QuietUninstallString '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" EstimatedSize ${SIZE}
  WriteRegDWORD HKCU "${UNINSTALL}" NoModify 1
  WriteRegDWORD HKCU "${UNINSTALL}" NoRepair 1
  ; Whoever upgrades goes on being told about mail.
  ${If} $Running == 0
    Exec '"$INSTDIR\traymail.exe" --background'
  ${EndIf}
SectionEnd

Section /o $(Path) SecPath
  Call ReadPath
  ${If} $1 <> 0
    DetailPrint "$(PathLong)"
  ${ElseIf} $0 == ""
    StrCpy $0 "$INSTDIR"
    Call WritePath
  ${Else}
    ${WordAdd} "$0" ";" "+$INSTDIR" $0
    Call WritePath
  ${EndIf}
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${SecInstall} "$(InstallText)"
  !insertmacro MUI_DESCRIPTION_TEXT ${SecPath} "$(PathText)"
!insertmacro MUI_FUNCTION_DESCRIPTION_END

Function .onInit
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/PATH" $1
  ${IfNot} ${Errors}
    !insertmacro SelectSection ${SecPath}
  ${EndIf}
FunctionEnd

Section un.$(Program) SecProgram
  SectionIn RO
SectionEnd

; Before the program, which alone can remove passwords.
Section /o un.$(Settings) SecSettings
SectionEnd

Section -un.Remove
  Call un.Stop
  ${If} ${SectionIsSelected} ${SecSettings}
    ExecWait '"$INSTDIR\traymail.exe" account remove --all'
    RMDir /r "$APPDATA\traymail"
    RMDir /r "$LOCALAPPDATA\traymail"
  ${EndIf}
  ; With its notifications, which it alone can take away.
  ExecWait '"$INSTDIR\traymail.exe" unregister'
  ; Only what was put there: a folder chosen by the user may hold more.
  Delete "$INSTDIR\traymail.exe"
  Delete "$INSTDIR\traymail.com"
  Delete "$INSTDIR\LICENSE.txt"
  Delete "$INSTDIR\README.md"
  Delete "$INSTDIR\README.zh-CN.md"
  Delete "$INSTDIR\CHANGELOG.md"
  Delete "$INSTDIR\THIRD-PARTY-NOTICES.txt"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\traymail.lnk"
  Call un.ReadPath
  ${If} $1 = 0
  ${AndIf} $0 != ""
    ${un.WordAdd} "$0" ";" "-$INSTDIR" $4
    ${If} $4 == ""
      DeleteRegValue HKCU Environment Path
    ${ElseIf} $4 != $0
      StrCpy $0 $4
      Call un.WritePath
    ${EndIf}
  ${EndIf}
  DeleteRegKey HKCU "${APPPATH}"
  DeleteRegValue HKCU "${RUN}" traymail
  DeleteRegValue HKCU "${APPROVED}" traymail
  DeleteRegKey HKCU "Software\Classes\traymail"
  DeleteRegKey HKCU "Software\Classes\AppUserModelId\${APPID}"
  DeleteRegKey HKCU "Software\Classes\CLSID\${ACTIVATOR}"
  Delete "$LOCALAPPDATA\traymail\icon.png"
  DeleteRegKey HKCU "${UNINSTALL}"
SectionEnd

!insertmacro MUI_UNFUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${SecProgram} "$(ProgramText)"
  !insertmacro MUI_DESCRIPTION_TEXT ${SecSettings} "$(SettingsText)"
!insertmacro MUI_UNFUNCTION_DESCRIPTION_END

Function un.onInit
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/SETTINGS" $1
  ${IfNot} ${Errors}
    !insertmacro SelectSection ${SecSettings}
  ${EndIf}
FunctionEnd
