; The installer for Windows. packaging/windows.py calls makensis with VERSION, NUMBERS (four of them), FROZEN (the
; folder that PyInstaller made), ICON, OUT and KILOBYTES. All is the user's own: no administrator is asked.

Unicode true
!include MUI2.nsh
!include LogicLib.nsh

!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Downhill"
!define CLASS "Software\Classes\Downhill.Document"

Name "Downhill"
OutFile "${OUT}"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\Downhill"
InstallDirRegKey HKCU "${KEY}" "InstallLocation"
!ifndef QUICK
  SetCompressor /SOLID lzma
  SetCompressorDictSize 64
!endif

VIProductVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "Downhill"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "Installer of Downhill"
VIAddVersionKey "LegalCopyright" "MIT licence"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\downhill.exe"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

!define SHCNE_ASSOCCHANGED 0x08000000
!macro TellExplorer
  System::Call "shell32::SHChangeNotify(i ${SHCNE_ASSOCCHANGED}, i 0, p 0, p 0)"
!macroend

; A program that runs holds its files, and half of an old version beside half of a new one does not start.
!macro StopIfRunning
  ${If} ${FileExists} "$INSTDIR\downhill.exe"
    ClearErrors
    FileOpen $0 "$INSTDIR\downhill.exe" a
    ${If} ${Errors}
      MessageBox MB_OK|MB_ICONEXCLAMATION "Downhill is running. Close it, then start this again." /SD IDOK
      Abort
    ${EndIf}
    FileClose $0
  ${EndIf}
!macroend

Section "Downhill"
  !insertmacro StopIfRunning
  ; Of a version before this one nothing may stay. The folder is removed only if Downhill put its own files there.
  ${If} ${FileExists} "$INSTDIR\_internal\resources\downhill.svg"
    RMDir /r "$INSTDIR\_internal"
  ${EndIf}
  SetOutPath "$INSTDIR"
  File /r "${FROZEN}\*"
  WriteUninstaller "$INSTDIR\uninstall.exe"

  CreateShortcut "$SMPROGRAMS\Downhill.lnk" "$INSTDIR\downhill.exe"

  WriteRegStr HKCU "Software\Classes\.downhill" "" "Downhill.Document"
  WriteRegStr HKCU "Software\Classes\.downhill" "Content Type" "application/x-downhill"
  WriteRegStr HKCU "${CLASS}" "" "Downhill experiment"
  WriteRegStr HKCU "${CLASS}\DefaultIcon" "" "$INSTDIR\downhill.exe,0"
  WriteRegStr HKCU "${CLASS}\shell\open\command" "" '"$INSTDIR\downhill.exe" "%1"'
  !insertmacro TellExplorer

  WriteRegStr HKCU "${KEY}" "DisplayName" "Downhill"
  WriteRegStr HKCU "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${KEY}" "DisplayIcon" "$INSTDIR\downhill.exe"
  WriteRegStr HKCU "${KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${KEY}" "EstimatedSize" ${KILOBYTES}
  WriteRegDWORD HKCU "${KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${KEY}" "NoRepair" 1
SectionEnd

Section "Uninstall"
  !insertmacro StopIfRunning
  Delete "$SMPROGRAMS\Downhill.lnk"
  DeleteRegKey HKCU "${CLASS}"
  DeleteRegKey HKCU "Software\Classes\.downhill"
  DeleteRegKey HKCU "${KEY}"
  !insertmacro TellExplorer
  ; Only what was installed: a folder that the user chose may hold other things.
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\downhill.exe"
  Delete "$INSTDIR\downhill-cli.exe"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
SectionEnd
