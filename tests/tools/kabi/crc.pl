#!/usr/bin/perl
# crc.pl - the CRCs of all exports of one .symtypes file, "0xCRC name" a line.
#
# The simplest way to say what genksyms does, by recursion: the reference that
# kabi/src/crc.c is tested with.
use strict;
use warnings;

my (%def, @exports, %seen);
my %word = (s => 'struct ', u => 'union ', e => 'enum ', t => '', E => '');

# tokens(TEXT): at blanks, but not inside of strings and characters.
sub tokens { return $_[0] =~ /((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^ ])+)/g }

while (<STDIN>) {
	chomp;
	my ($name, @body) = tokens($_);
	shift @body if @body && $body[0] eq 'extern';
	$def{$name} = \@body;
	push @exports, $name unless $name =~ /^[suetE]#/;
}

sub expand {
	my $text = '';
	for my $token (@{$_[0]}) {
		if ($token !~ /^([suetE])#(.*)/) {
			$text .= "$token ";
		} elsif ($seen{$token}++) {
			$text .= "$word{$1}$2 ";
		} else {
			$text .= expand($def{$token});
		}
	}
	return $text;
}

my @table = map {
	my $v = $_;
	$v = $v & 1 ? 0xedb88320 ^ ($v >> 1) : $v >> 1 for 1 .. 8;
	$v;
} 0 .. 255;

for my $name (@exports) {
	%seen = ();
	my $crc = 0xffffffff;
	$crc = $table[($crc ^ $_) & 0xff] ^ ($crc >> 8) for unpack 'C*', expand($def{$name});
	printf "0x%08x %s\n", $crc ^ 0xffffffff, $name;
}
