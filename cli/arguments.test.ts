import { describe, expect, it } from 'vitest';
import { configPairs, parse, refuseWords, UsageError } from './arguments.ts';

describe('the words of the command line', () => {
  it('knows flags, texts and lists, and leaves the other words in their order', () => {
    const args = parse(['kill', '--data-dir', '/lab', '2', '--json', '--set', 'a=1', '--set', 'b=2'], {
      'data-dir': 'text',
      json: 'flag',
      set: 'list',
    });
    expect([args.words, args.text('data-dir'), args.flag('json'), args.list('set')]).toEqual([
      ['kill', '2'],
      '/lab',
      true,
      ['a=1', 'b=2'],
    ]);
  });

  it.each([['--brokers=0'], ['--brokers=11'], ['--brokers=-1'], ['--brokers=two'], ['--brokers=1.5']])(
    'refuses %s and says what would be right',
    (word) => {
      const args = parse([word], { brokers: 'text' });
      expect(() => args.integer('brokers', 1, 10)).toThrow('a whole number from 1 to 10 is needed');
    },
  );

  it('refuses an option that nobody knows and a word that nobody takes', () => {
    expect(() => parse(['--broker', '3'], { brokers: 'text' })).toThrow(UsageError);
    expect(() => refuseWords(parse(['3'], { brokers: 'text' }).words)).toThrow('3: not an option');
    expect(() => refuseWords([])).not.toThrow();
  });

  it('takes the first equals sign of --set as the separator', () => {
    expect(configPairs(['a=b=c', 'd='])).toEqual({ a: 'b=c', d: '' });
    expect(() => configPairs(['a'])).toThrow('write it as name=value');
  });
});
