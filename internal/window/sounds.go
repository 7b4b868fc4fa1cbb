//go:build cgo && !nowindow

package window

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/settings"
)

// soundFromFile is the entry of the sounds that asks for a file.
const soundFromFile = "file"

// soundChoice is where a sound is chosen, and heard as it will be: in a
// notification.
type soundChoice struct {
	pageEnv
	set   func(sound string)
	value string
	// inherits: the empty value is the sound of something more general, which
	// is not ours to play.
	inherits bool

	list    *options[string]
	file    *field
	row     *fyne.Container // of the file
	caption *line
	play    *button
	content *fyne.Container
}

// newSoundChoice tells set what the user chooses. general names the sound that
// counts without one; without a name that is the system's.
func newSoundChoice(e pageEnv, general string, set func(sound string)) *soundChoice {
	s := &soundChoice{pageEnv: e, set: set, inherits: general != ""}
	t := func(key string) string { return e.loc.T("prefs.sound." + key) }
	all := []option[string]{{"", t("default")}}
	if s.inherits {
		all = []option[string]{{"", general}, {settings.SoundSystem, t("default")}}
	}
	all = append(all, option[string]{settings.SoundNone, t("none")})
	if !e.systemSounds {
		all = append(all, option[string]{soundFromFile, t("file")})
	}
	s.file = newField(e.keys)
	s.file.SetPlaceHolder(e.loc.T("prefs.sound_hint"))
	s.file.left = s.takeFile
	s.file.OnSubmitted = func(string) { s.takeFile() }
	s.file.revert = func() bool {
		if !settings.SoundFile(s.value) || s.file.Text == s.value {
			return false
		}
		s.file.SetText(s.value)
		s.say("")
		return true
	}
	s.caption = newLine(theme.SizeNameCaptionText, theme.ColorNameError)
	s.caption.Hide()
	choose := newButton(e.keys, e.loc.T("prefs.sound_choose"), theme.FolderOpenIcon(), func() {
		e.chooseFile(func(path string) {
			s.file.SetText(path)
			s.takeFile()
		})
	})
	s.row = stackOf(0, container.NewBorder(nil, nil, nil, choose, s.file))
	s.row.Hide()
	s.play = newButton(e.keys, e.loc.T("prefs.sound_play"), theme.MediaPlayIcon(), s.press)
	s.list = newOptions(e.keys, all, func(v string) string { return v }, s.pick)
	s.content = stackOf(6, container.NewBorder(nil, nil, nil, s.play, s.list.view()), s.row, s.caption)
	return s
}

// pick takes an entry of the list. Without a file there is nothing to take yet.
func (s *soundChoice) pick(value string) {
	if value != soundFromFile {
		s.take(value)
		return
	}
	if s.file.Text != "" {
		s.takeFile()
		return
	}
	s.reveal(true)
	s.window.Canvas().Focus(s.file)
}

// takeFile takes what stands in the field, once it is left.
func (s *soundChoice) takeFile() {
	sound, err := settings.ReadSound(s.file.Text)
	if err != nil {
		s.say(explain.Field(err.(settings.FieldError), s.loc)) //nolint:errorlint // it is that, says ReadSound
		return
	}
	s.say("")
	if sound != s.value && s.row.Visible() {
		s.take(sound)
	}
}

func (s *soundChoice) take(sound string) {
	s.show(sound)
	s.set(sound)
}

// show selects a sound without telling anybody.
func (s *soundChoice) show(sound string) {
	if sound != s.value {
		s.say("")
	}
	s.value = sound
	file := settings.SoundFile(sound)
	switch {
	case file && s.systemSounds:
		file = false // another system has left it here; this one's own is heard
		system := ""
		if s.inherits {
			system = settings.SoundSystem
		}
		s.list.show(system)
	case file:
		s.list.show(soundFromFile)
		if s.file.Text != sound {
			s.file.SetText(sound)
		}
	default:
		s.list.show(sound)
	}
	s.reveal(file)
	s.play.setEnabled(sound != settings.SoundNone && (sound != "" || !s.inherits))
}

func (s *soundChoice) reveal(file bool) {
	if file != s.row.Visible() {
		show(s.row, file)
		s.content.Refresh()
		s.relayout()
	}
}

// say shows what is wrong; empty for nothing.
func (s *soundChoice) say(text string) {
	s.caption.set(text)
	if s.caption.Visible() != (text != "") {
		show(s.caption, text != "")
		s.content.Refresh()
		s.relayout()
	}
}

// press has the sound played, by a notification.
func (s *soundChoice) press() {
	sound := s.value
	goDo(s.bridge,
		func(ctx context.Context) error {
			_, err := api.TrySound.Ask(ctx, s.client, api.SoundRequest{Sound: sound})
			return err
		},
		func(err error) {
			text := ""
			if err != nil {
				text = sentence(err, s.loc)
			}
			s.say(text)
		})
}
