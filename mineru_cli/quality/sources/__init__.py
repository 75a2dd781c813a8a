"""Where documents come from: MinerU's folders, recorded baselines, any folder of Markdown."""
