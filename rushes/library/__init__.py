"""Every take and every task, kept for years: the library's file, finding, writing, files in and out."""
