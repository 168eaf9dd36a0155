"""Proof: is every number printed, does every test mean something?"""
