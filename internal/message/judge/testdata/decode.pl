# Reads mail with Email::MIME, Email::Address::XS and Date::Parse: a message a
# line in base64, a JSON object a line out.
use strict;
use warnings;
use Email::Address::XS;
use Email::MIME;
use Encode ();
use JSON::PP;
use MIME::Base64;
use Date::Parse;

my $json = JSON::PP->new->utf8->canonical;
local $SIG{__WARN__} = sub { };

sub reading {
    my $mail = Email::MIME->new(shift);
    my (@texts, @files);
    my $walk;
    $walk = sub {
        my $part = shift;
        my $type = lc($part->content_type // 'text/plain');
        if ($type =~ m{^message/rfc822}) {
            $walk->(Email::MIME->new($part->body_raw));
        } elsif ($part->subparts) {
            $walk->($_) for $part->subparts;
        } elsif (($part->header('Content-Disposition') // '') =~ /^attachment/i) {
            push @files, $part->filename // $type;
        } elsif ($type =~ m{^text/}) {
            push @texts, eval { $part->body_str } // "error: $@";
        }
    };
    $walk->($mail);
    my ($from) = Email::Address::XS->parse(scalar $mail->header_raw('From') // '');
    my $name = $from ? $from->phrase // $from->address : '';
    $name = Encode::decode('MIME-Header', $name);
    my $time = str2time($mail->header('Date') // '');
    return {
        subject => $mail->header_str('Subject') // '',
        from    => $name,
        address => $from ? $from->address : '',
        date    => defined $time ? POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $time) : '',
        texts   => \@texts,
        files   => \@files,
    };
}

require POSIX;
$| = 1;
while (my $line = <STDIN>) {
    my $out = eval { reading(decode_base64($line)) } // { error => "$@" };
    print $json->encode($out), "\n";
}
