# Writes mail with MIME::Lite, MIME-tools, Email::MIME and Mail::Internet, and
# what it put in.
#
# generate.pl SEED FIRST COUNT: a JSON object a line. Message N of a seed is
# always the same, but for the numbers in its boundaries.
use strict;
use warnings;
use utf8;

my $now;
BEGIN {
    # The order of hashes would be another each time.
    if (($ENV{PERL_HASH_SEED} // '') ne '0') {
        @ENV{qw(PERL_HASH_SEED PERL_PERTURB_KEYS)} = (0, 0);
        exec $^X, $0, @ARGV or die $!;
    }
}
BEGIN { *CORE::GLOBAL::time = sub () { $now // CORE::time() } }    # in boundaries

use Email::MIME;
use Encode ();
use FindBin;
use JSON::PP;
use MIME::Base64;
use MIME::Entity;
use MIME::Lite;
use MIME::Words ();
use Mail::Internet;
use POSIX ();

my ($seed, $first, $count) = @ARGV;
my $json = JSON::PP->new->utf8->canonical;
open my $file, '<', "$FindBin::Bin/languages.json" or die $!;
my $languages = $json->decode(do { local $/; <$file> });

# Perl knows no GB18030, and windows-1258 needs its tones apart. Encode's HZ and
# ISO-2022-KR are for whole lines.
my %unwritten = map { $_ => 1 } qw(gb18030 windows-1258 hz-gb-2312 iso-2022-kr);

sub pick { $_[rand @_] }

sub octets {
    my ($charset, $text) = @_;
    return Encode::encode($charset, $text, Encode::FB_CROAK | Encode::LEAVE_SRC);
}

# word is text as encoded words of one charset, none longer than 75.
sub word {
    my ($charset, $text) = @_;
    return $text if $text =~ /^[\x20-\x7e]*$/;
    my $encoding = pick('Q', 'B');
    return join ' ', map { MIME::Words::encode_mimeword(octets($charset, $_), $encoding, uc $charset) } $text =~ /.{1,7}/gs;
}

sub quoted { my $s = shift; $s =~ s/(["\\])/\\$1/g; qq("$s") }

package Mail {
    sub new {
        my ($class, $number) = @_;
        srand($seed * 1_000_003 + $number);
        $now = 1_700_000_000 + $number;
        my $tag = main::pick(sort keys %$languages);
        my $language = $languages->{$tag};
        my @charsets = grep { !$unwritten{$_} } @{ $language->{charsets} };
        my $time = 946684800 + int rand 849000000;
        my $zone = 15 * (-48 + int rand 105);
        my $sign = $zone < 0 ? '-' : '+';
        my $date = POSIX::strftime('%a, %d %b %Y %H:%M:%S', gmtime($time + 60 * $zone))
            . sprintf(' %s%02d%02d', $sign, abs($zone) / 60, abs($zone) % 60);
        return bless {
            number => $number, tag => $tag, language => $language, charset => main::pick(@charsets),
            name => main::pick(@{ $language->{names} }), subject => main::pick(@{ $language->{subjects} }),
            address => 'a' . int(rand 1000) . '@example.org', time => $time, date => $date,
            has => [], hasnt => [], files => [], count => 0,
        }, $class;
    }

    sub from {
        my $self = shift;
        my $name = main::word($self->{charset}, $self->{name});
        $name = main::quoted($name) if $name =~ /[,.()]/ && $name !~ /=\?/;
        return "$name <$self->{address}>";
    }

    sub subject { main::word($_[0]{charset}, $_[0]{subject}) }

    sub sentences {
        my $self = shift;
        my @out = map { main::pick(@{ $self->{language}{sentences} }) . ' (' . ++$self->{count} . ')' } 1 .. 1 + rand 4;
        push @{ $self->{has} }, @out;
        return @out;
    }

    sub plain { join "\n", @_, '' }
    sub html { '<html><body>' . join("\n", map { my $s = $_; $s =~ s/&/&amp;/g; $s =~ s/</&lt;/g; "<p>$s</p>" } @_) . "</body></html>\n" }

    sub encoding {
        my ($self, $octets) = @_;
        return main::pick('base64', 'quoted-printable', $octets =~ /[\x80-\xff]/ ? ('8bit', 'binary') : '7bit');
    }

    sub file {
        my $self = shift;
        my $name = main::pick(@{ $self->{language}{files} });
        push @{ $self->{files} }, $name;
        return ($name, main::pick('application/pdf', 'application/octet-stream'), join '', map { chr rand 256 } 1 .. 1 + rand 200);
    }

    # By each of the modules.

    sub mime_lite {
        my $self = shift;
        my @s = $self->sentences;
        my $plain = main::octets($self->{charset}, plain(@s));
        my $html = main::octets($self->{charset}, html(@s));
        my $kind = main::pick(qw(plain html alternative mixed));
        my %head = (From => $self->from, To => 'me@example.org', Subject => $self->subject, Date => $self->{date});
        my $text = sub {
            my ($type, $data) = @_;
            return (Type => "$type; charset=" . main::pick($self->{charset}, qq("$self->{charset}")), Data => $data, Encoding => $self->encoding($data));
        };
        my $m;
        if ($kind eq 'plain' || $kind eq 'html') {
            $m = MIME::Lite->new(%head, $text->("text/$kind", $kind eq 'html' ? $html : $plain));
        } else {
            $m = MIME::Lite->new(%head, Type => "multipart/$kind");
            $m->attach($text->('text/plain', $plain));
            if ($kind eq 'alternative') {
                $m->attach($text->('text/html', $html));
            } else {
                for (1 .. 1 + rand 3) {
                    my ($name, $type, $data) = $self->file;
                    $m->attach(Type => $type, Data => $data, Encoding => 'base64', Disposition => 'attachment', Filename => main::word($self->{charset}, $name));
                }
            }
        }
        return "MIME::Lite $kind", $m->as_string;
    }

    sub mime_entity {
        my $self = shift;
        my $part = sub {
            my ($type, @s) = @_;
            my $data = main::octets($self->{charset}, $type eq 'text/html' ? html(@s) : plain(@s));
            return (Type => $type, Charset => $self->{charset}, Data => $data, Encoding => main::pick($self->encoding($data), '-SUGGEST'));
        };
        my $build;
        $build = sub {
            my ($depth, @head) = @_;
            my $kind = $depth > 3 ? 'text' : main::pick(qw(text text mixed alternative rfc822));
            if ($kind eq 'text') {
                return MIME::Entity->build(@head, $part->(main::pick('text/plain', 'text/html'), $self->sentences));
            }
            if ($kind eq 'rfc822') {
                my $inner = $build->($depth + 1, From => 'zoe@example.org', Subject => 'Inner');
                return MIME::Entity->build(@head, Type => 'message/rfc822', Data => $inner->as_string, Encoding => '8bit');
            }
            my $m = MIME::Entity->build(@head, Type => "multipart/$kind");
            if ($kind eq 'alternative') {
                my @s = $self->sentences;
                $m->attach($part->('text/plain', @s));
                $m->attach($part->('text/html', @s));
                return $m;
            }
            $m->add_part($build->($depth + 1, Top => 0)) for 1 .. 1 + rand 2;
            for (1 .. rand 3) {
                my ($name, $type, $data) = $self->file;
                $m->attach(Type => $type, Data => $data, Encoding => 'base64', Disposition => 'attachment', Filename => main::word($self->{charset}, $name));
            }
            return $m;
        };
        my $m = $build->(0, From => $self->from, To => 'me@example.org', Subject => $self->subject, Date => $self->{date});
        return 'MIME::Entity ' . $m->mime_type, $m->as_string;
    }

    sub email_mime {
        my $self = shift;
        my $part = sub {
            my ($type, @s) = @_;
            my $text = $type eq 'text/html' ? html(@s) : plain(@s);
            return (attributes => { content_type => $type, charset => $self->{charset}, encoding => $self->encoding(main::octets($self->{charset}, $text)) }, body_str => $text);
        };
        my @head = (header_str => [From => main::quoted($self->{name}) . " <$self->{address}>", To => 'me@example.org', Subject => $self->{subject}, Date => $self->{date}]);
        my $kind = main::pick(qw(plain html alternative mixed));
        my @s = $self->sentences;
        my $m;
        if ($kind eq 'plain' || $kind eq 'html') {
            $m = Email::MIME->create(@head, $part->("text/$kind", @s));
        } else {
            my @parts = (Email::MIME->create($part->('text/plain', @s)));
            if ($kind eq 'alternative') {
                push @parts, Email::MIME->create($part->('text/html', @s));
            } else {
                for (1 .. 1 + rand 2) {
                    my ($name, $type, $data) = $self->file;
                    push @parts, Email::MIME->create(attributes => { content_type => $type, disposition => 'attachment', filename => $name, name => $name, encoding => 'base64' }, body => $data);
                }
            }
            $m = Email::MIME->create(@head, attributes => { content_type => "multipart/$kind" }, parts => \@parts);
        }
        return "Email::MIME $kind", $m->as_string;
    }

    sub mail_internet {
        my $self = shift;
        my $head = Mail::Header->new([
            "From: " . $self->from . "\n", "To: me\@example.org\n", "Subject: " . $self->subject . "\n", "Date: $self->{date}\n",
            "MIME-Version: 1.0\n", "Content-Type: text/plain; charset=$self->{charset}\n", "Content-Transfer-Encoding: 8bit\n",
        ], Modify => main::pick(0, 1));
        my $m = Mail::Internet->new(Header => $head, Body => [map { "$_\n" } split /\n/, main::octets($self->{charset}, plain($self->sentences))]);
        return 'Mail::Internet', $m->as_string;
    }
}

$$ = 4242;    # in boundaries
for my $number ($first .. $first + $count - 1) {
    my $mail = Mail->new($number);
    my $by = pick(qw(mime_lite mime_entity email_mime mail_internet));
    my ($recipe, $raw) = $mail->$by;
    $raw = Encode::encode('utf-8', $raw) if utf8::is_utf8($raw) && $raw =~ /[^\x00-\xff]/;
    utf8::downgrade($raw);
    my $end = rand() < 0.7 ? "\r\n" : "\n";
    $raw =~ s/\r?\n/$end/g;
    print $json->encode({
        number => $number, recipe => $recipe, charset => $mail->{charset}, language => $mail->{tag}, raw => encode_base64($raw, ''),
        from => $mail->{name}, address => $mail->{address}, subject => $mail->{subject},
        date => POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $mail->{time}),
        has => $mail->{has}, hasnt => $mail->{hasnt}, files => $mail->{files}, cut => int rand length $raw,
    }), "\n";
}
