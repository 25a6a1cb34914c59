"""What a pattern could try over and over: parts of secrets, to be repeated to a line's full length."""

from __future__ import annotations

# fmt: off
FRAGMENTS: tuple[str, ...] = (
    'pwd="' + "\\" * 8000 + 'x', 'pwd="' + "\\" * 900 + 'x"', 'pwd="\\x', 'pwd="a\\\\b', '<password>&lt',
    '<password x', 'pwd="a""', '://u:a/', 'password a', 'name=pwd value=pwd ', '"a-b", ', 'a,', 'a)', 'pwd=a,b',
    'pwd=a)b', 'pwd=a\\b ', 'pwd={a}}', 'Set-Cookie: a', 'authorization: Digest a=\\"b\\", ', '_', '%40', 'aA', 'aA1',
    'A1', 'passPass=a ', 'eyJaaaaaa.a ', 'basic YTphYTph ', 'a@b.cc ', '4111111111111111 ', 'BE68539007547034 ',
    '<token>a</token>', 'https://a:b@c ', '-----END PRIVATE KEY-----\n', 'AAAA\n-----END RSA PRIVATE KEY-----\n', '-',
    '.', '=', ':', '"', "'", '\\', '\\"', '\\\\\\"', '/', '//', '://', '@', '%3D', '<', '>', '<a', '<a>',
    '<password>', '&lt;', '&lt;a&gt;', '(', '[', '{', '}', '{{', '}}', '-----', '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN ', '-----END PRIVATE KEY-----', '-----END RSA PRIVATE KEY', 'AAAAAAAAAAAAAAAAAAAA\n', 'A\\n', 'eyJ',
    'eyJ-', 'eyJaaaaaa.', 'SG.', 'SG.aaaaaaaaaaaaaaaa', 'ghp_', 'sk-', 'sk-proj-', 'xoxb-', 'AKIA', 'pwd', 'pwd=',
    'pwd="', 'pwd=\\"', 'pwd: ', 'pwd="must ', 'pwd=pwd=', 'password: must ', 'token:', 'token: ', 'token=a,', 'key=',
    'api key: ', '--pwd ', '-p', 'mysql -p', 'mysql ', '-u a:', '-u ', 'name="pwd" value=', '"name":"pwd","value":"',
    '"x-api-key", "', '"authorization","', 'authorization: ', 'authorization: a ', 'authorization: bearer ',
    'Authorization: Digest a=b, ', 'a=b,', 'cookie: ', 'cookie: a=b; ', 'a=b; ', 'cookie: a;', 'bearer ', 'bearer a',
    'basic aaaaaa ', 'basic YTph ', 'hooks.slack.com/services/', 'arn:aws:', 'arn:aws', 'oracle:thin:',
    'oracle:thin:a/', 'u:p@tcp(', 'a:b', 'a@', 'a@a.', 'a@a.a', 'a.', '1', '1 ', '1-', '4111 1111 ', '4111', '4',
    'DE89', 'DE89 ', 'DE89 3704 ', 'DE', 'AB123456', 'AB 12 34 56 ', '+1', '+1 ', '+', '(415) 555', '078-05-',
    'Steuer-ID 1', 'identified by ', "password '", 'password "', "x" * 300 + ' ', '\n', '\t', ' ', '\r\n', 'é', '%3d',
    '\\u003d', 'pwd\\u003da', ',', ';', ';a=', '&pwd=', 'pwd[', 'pwd]=', 'pwd"=>"', 'a=', 'a:', 'PASS: a',
    '123.atlasv1.', 'aaaaaaaaaaaaaa.atlasv1.', 'abc1Q~', 'sha256~', 'A3-ABCDEF-', 'api_org_', "a" * 64 + "@", '://a:',
    '://a:b/', "://" + "a" * 100, '&lt;password&gt;a', '<password>a', '[redacted: x]', 'code=', 'key ', '://@',
)
