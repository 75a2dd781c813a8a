"""Sources of documents: MinerU's folders, recorded baselines, any folder of Markdown."""
